//! Reliable responses and their PRACK (RFC 3262), and UPDATE (RFC 3311), before an INVITE to us is answered.

use std::time::Instant;

use super::{Incoming, IncomingEvent, Reliable, State};
use crate::dialog::Owed;
use crate::invite::action::Action;
use crate::invite::early_update::{self, EarlyUpdate, Taken};
use crate::message::{CSeq, Method, Request, Response, Status, description, name};
use crate::transaction::ServerKey;
use crate::transaction::timers::{self, Retransmission};

impl Incoming {
    pub(super) fn ring_reliably(&mut self, now: Instant, status: Status, sdp: Option<Vec<u8>>) {
        let sdp = sdp.filter(|_| self.may_describe() && self.negotiation.send());
        let mut response = self.response(status, sdp);
        response.headers.push(name::REQUIRE, "100rel");
        response.headers.push(name::RSEQ, self.next_rseq);
        self.reliable = Some(Reliable {
            rseq: self.next_rseq,
            response: response.clone(),
            retransmission: Retransmission::new(now, timers::T1, timers::B),
            deadline: now + timers::B,
        });
        self.next_rseq += 1;
        self.respond(response);
    }

    pub(super) fn on_update(&mut self, key: ServerKey, request: &Request) {
        let is_open = self.update.is_some() || self.state != State::Proceeding;
        match early_update::take(&mut self.dialog, &mut self.negotiation, request, is_open, &self.contact) {
            Taken::Respond(response) => self.answer(key, response),
            Taken::Offer(sdp) => {
                self.update = Some(EarlyUpdate { key, request: request.clone() });
                self.tell(IncomingEvent::EarlyOffer(sdp));
            }
        }
    }

    /// Answers the offer of an UPDATE or PRACK; `None` refuses it with 488.
    pub fn answer_update(&mut self, sdp: Option<Vec<u8>>) {
        let Some(update) = self.update.take() else { return };
        let Incoming { dialog, negotiation, contact, .. } = self;
        let (key, response) = early_update::answer_offer(dialog, negotiation, update, contact, sdp);
        self.answer(key, response);
    }

    /// Offers anew by UPDATE before the call is answered, to a caller whose Allow names UPDATE. `false`: not now; no
    /// reliable response agreed on anything yet, or an offer is open. Refused, what was agreed before holds. The 2xx waits for
    /// its [response](Incoming::on_response).
    pub fn update(&mut self, sdp: Vec<u8>) -> bool {
        if self.state != State::Proceeding || self.reliable.is_some() {
            return false;
        }
        let update = early_update::offer(&mut self.dialog, &mut self.negotiation, &self.extra, sdp);
        let Some(update) = update else { return false };
        self.updating = update.cseq().ok().map(|cseq| cseq.number);
        self.actions.push_back(Action::Send(Box::new(update)));
        true
    }

    /// A response to a request of ours in the early dialog.
    pub fn on_response(&mut self, now: Instant, response: &Response) {
        let of_this = |number| response.cseq() == Ok(CSeq { number, method: Method::Update });
        if !response.status().is_final() || self.updating.take_if(|number| of_this(*number)).is_none() {
            return;
        }
        if let Some(sdp) = early_update::answered(&mut self.dialog, &mut self.negotiation, response) {
            self.tell(IncomingEvent::EarlyAnswer(sdp));
        }
        self.next_waiting(now);
    }

    /// A request of ours in the early dialog got no response, or could not be sent.
    pub fn on_no_response(&mut self, now: Instant) {
        if self.updating.take().is_some() {
            self.negotiation.refuse();
            self.next_waiting(now);
        }
    }

    pub(super) fn on_prack(&mut self, now: Instant, key: ServerKey, request: &Request) {
        let rack = request.headers.rack().ok().flatten();
        let is_ours = |reliable: &Reliable| {
            let cseq = self.request.cseq().ok();
            rack.is_some_and(|rack| rack.rseq == reliable.rseq && Some(rack.cseq) == cseq)
        };
        if !self.reliable.as_ref().is_some_and(is_ours) {
            return self.answer(key, request.response(Status::CALL_DOES_NOT_EXIST, None));
        }
        let sdp = description(&request.headers, request.body());
        self.reliable = None;
        match sdp {
            // What was said last is agreed on, so this is a new offer (RFC 3262 section 5).
            Some(sdp) if self.negotiation.owed() != Owed::ToUs => self.on_offer_in_prack(key, request, sdp),
            Some(sdp) => {
                self.answer(key, request.response(Status::OK, None));
                self.negotiation.receive_answer();
                self.tell(IncomingEvent::EarlyAnswer(sdp.to_vec()));
            }
            None => self.answer(key, request.response(Status::OK, None)),
        }
        self.next_waiting(now);
    }

    /// The PRACK has done its work whatever becomes of its offer.
    fn on_offer_in_prack(&mut self, key: ServerKey, request: &Request, sdp: &[u8]) {
        if self.update.is_some() || self.negotiation.receive_offer().is_err() {
            return self.answer(key, request.response(Status::NOT_ACCEPTABLE_HERE, None));
        }
        self.update = Some(EarlyUpdate { key, request: request.clone() });
        self.tell(IncomingEvent::EarlyOffer(sdp.to_vec()));
    }

    pub(super) fn next_waiting(&mut self, now: Instant) {
        while self.reliable.is_none() && self.updating.is_none() {
            match self.waiting.pop_front() {
                Some((Status::OK, sdp)) => self.accept(now, sdp),
                Some((status, sdp)) => self.ring(now, status, sdp),
                None => return,
            }
        }
    }
}
