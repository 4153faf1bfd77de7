//! [`Incoming`]: an INVITE to us until its ACK (RFC 3261 sections 13.3 and 9.2, RFC 3262 section 3).
//!
//! ```text
//!  INVITE came ► Proceeding ──accept──► Accepted ──ACK──► Confirmed
//!                 │  ▲ │ ring: 1xx        │ └ 2xx again at T1, 2 T1, … T2
//!      reject,    │  └─┘ reliably: again  │ no ACK in 64 T1
//!      CANCEL,BYE V       until PRACK     V
//!               Ended                   Ended (to be followed by BYE)
//! ```
//!
//! While a reliable response waits for its PRACK, further ones and the 2xx wait behind it; so does the 2xx behind an UPDATE of
//! ours.

mod early;

use std::collections::VecDeque;
use std::time::Instant;

use super::action::{Action, EndedBy, Unacknowledged, Wanted, answer};
use super::early_update::EarlyUpdate;
use crate::dialog::{Dialog, Negotiation, Owed, SessionTimer, TimerPolicy};
use crate::message::{Headers, MediaType, Method, NameAddr, Reason, Request, Response, Status, description};
use crate::transaction::ServerKey;
use crate::transaction::timers::{self, Retransmission};

/// Most responses that wait for a PRACK; further provisional ones are left out.
const WAITING: usize = 8;

/// What the called side learns.
#[derive(Clone, Debug)]
pub enum IncomingEvent {
    /// The answer to our offer: in a reliable 1xx, with its PRACK, or in an [UPDATE](Incoming::update).
    EarlyAnswer(Vec<u8>),
    /// An UPDATE or a PRACK offers anew before the call is answered: [`Incoming::answer_update`].
    EarlyOffer(Vec<u8>),
    /// The ACK came: the session stands. The answer, if our 2xx was the offer; if it is missing while
    /// [owed to us](Owed::ToUs), end the session.
    Confirmed(Option<Vec<u8>>),
    /// The caller gave up.
    Cancelled(Vec<Reason>),
    /// No PRACK or no ACK in time, or a BYE before the ACK. If nobody
    /// acknowledged the 2xx the session is to be ended by BYE.
    Failed(EndedBy),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Proceeding,
    Accepted,
    Confirmed,
    Ended,
}

/// A reliable provisional response that waits for its PRACK.
#[derive(Clone, Debug)]
struct Reliable {
    rseq: u32,
    response: Response,
    retransmission: Retransmission,
    deadline: Instant,
}

/// See the module.
#[derive(Debug)]
pub struct Incoming {
    key: ServerKey,
    request: Request,
    dialog: Dialog,
    contact: NameAddr,
    /// Put into each response that makes the dialog: Allow, Supported, …
    extra: Headers,
    state: State,
    negotiation: Negotiation,
    timer: SessionTimer,
    next_rseq: u32,
    reliable: Option<Reliable>,
    waiting: VecDeque<(Status, Option<Vec<u8>>)>,
    update: Option<EarlyUpdate>,
    /// The number of our UPDATE under way.
    updating: Option<u32>,
    success: Option<Unacknowledged>,
    actions: VecDeque<Action<IncomingEvent>>,
}

impl Incoming {
    /// For an INVITE that began a transaction. `local_tag`: unguessable. `extra`: Allow, Supported and what else each
    /// response carries. `rseq`: 1 to 2^31-1, by chance.
    ///
    /// Errors: how it is refused: 400 if it makes no dialog, since it has no Contact, and 422 if the session interval it
    /// asks for is too small.
    pub fn new(
        key: ServerKey,
        request: Request,
        local_tag: &str,
        contact: NameAddr,
        extra: Headers,
        rseq: u32,
    ) -> Result<Incoming, Box<Response>> {
        let timer = SessionTimer::new(TimerPolicy::default());
        let dialog = Dialog::of_called(&request, local_tag, contact.clone()).map_err(|error| {
            log::debug!("an INVITE that makes no dialog: {error}");
            request.response(Status::BAD_REQUEST, Some(local_tag))
        })?;
        if let Some(refusal) = timer.refusal(&request, local_tag) {
            return Err(Box::new(refusal));
        }
        let mut negotiation = Negotiation::new();
        if description(&request.headers, request.body()).is_some() {
            // Nothing was said before: it cannot be refused.
            let _ = negotiation.receive_offer();
        }
        Ok(Incoming {
            key,
            request,
            dialog,
            contact,
            extra,
            state: State::Proceeding,
            negotiation,
            timer,
            next_rseq: rseq.clamp(1, i32::MAX as u32),
            reliable: None,
            waiting: VecDeque::new(),
            update: None,
            updating: None,
            success: None,
            actions: VecDeque::new(),
        })
    }

    /// The INVITE.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The caller's offer, if the INVITE has one.
    pub fn offer(&self) -> Option<&[u8]> {
        description(&self.request.headers, self.request.body())
    }

    /// The dialog.
    pub fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// Who owes an answer.
    pub fn owed(&self) -> Owed {
        self.negotiation.owed()
    }

    /// Sends 180, 183 and the like. It is sent reliably if the caller requires that, or supports it and there is a description
    /// or our Supported names 100rel; sent reliably a description is the answer (or the offer, if the INVITE had none), else
    /// only a foretaste.
    pub fn ring(&mut self, now: Instant, status: Status, sdp: Option<Vec<u8>>) {
        if self.state != State::Proceeding || !status.is_provisional() || status == Status::TRYING {
            return;
        }
        let headers = &self.request.headers;
        let is_wanted = sdp.is_some() || self.extra.supports("100rel");
        let is_reliable = headers.requires("100rel") || (is_wanted && headers.supports("100rel"));
        match (is_reliable, &self.reliable) {
            (false, _) => {
                // An offer may stand in a reliable response only (RFC 3262 section 5).
                let sdp = sdp.filter(|_| self.negotiation.owed() == Owed::ByUs);
                let response = self.response(status, sdp);
                self.respond(response);
            }
            (true, None) => self.ring_reliably(now, status, sdp),
            (true, Some(_)) if self.waiting.len() < WAITING => self.waiting.push_back((status, sdp)),
            (true, Some(_)) => {}
        }
    }

    /// An answer that is owed, or the first offer.
    fn may_describe(&self) -> bool {
        self.negotiation.owed() == Owed::ByUs || !self.negotiation.has_agreed()
    }

    /// Answers the call: 200 with the answer, or with our offer if the INVITE had none. If a reliable 1xx said it
    /// already, `sdp` is left out.
    pub fn accept(&mut self, now: Instant, sdp: Option<Vec<u8>>) {
        if self.state != State::Proceeding {
            return;
        }
        if self.reliable.is_some() || self.updating.is_some() {
            if self.waiting.iter().all(|(status, _)| *status != Status::OK) {
                self.waiting.push_back((Status::OK, sdp));
            }
            return;
        }
        self.answer_update(None);
        let mut negotiation = self.negotiation.clone();
        let sdp = sdp.filter(|_| self.may_describe() && negotiation.send());
        let mut response = self.response(Status::OK, sdp);
        self.timer.answer(now, &self.request, &mut response);
        self.negotiation = negotiation;
        self.state = State::Accepted;
        let number = self.request.cseq().map_or(1, |cseq| cseq.number);
        self.success = Some(Unacknowledged::new(now, self.key.clone(), response.clone(), number));
        self.respond(response);
    }

    /// Refuses the call: 3xx to 6xx. `headers`: Contact of a 3xx, Retry-After, Warning, Reason, …
    pub fn reject(&mut self, status: Status, headers: &Headers) {
        if self.state != State::Proceeding || !status.is_failure() {
            return;
        }
        let mut response = self.request.response(status, Some(&self.dialog.id().local_tag));
        headers.iter().for_each(|header| response.headers.push(header.name().clone(), header.text()));
        self.end();
        self.respond(response);
    }

    /// A CANCEL of this INVITE: it is answered, and the INVITE with 487 unless it was answered before.
    pub fn on_cancel(&mut self, key: ServerKey, cancel: &Request) {
        let ok = cancel.response(Status::OK, Some(&self.dialog.id().local_tag));
        self.actions.push_back(Action::Respond { key, response: Box::new(ok) });
        if self.state == State::Proceeding {
            self.terminate(cancel);
        }
    }

    fn terminate(&mut self, request: &Request) {
        self.reject(Status::REQUEST_TERMINATED, &Headers::new());
        self.tell(IncomingEvent::Cancelled(request.headers.reasons().unwrap_or_default()));
    }

    /// A request within the early dialog: PRACK, UPDATE, BYE; anything else has to wait. Once the session stands its
    /// requests belong to the [`Session`](super::Session).
    pub fn on_request(&mut self, now: Instant, key: ServerKey, request: &Request) {
        let plain = |status| request.response(status, None);
        if self.dialog.receive(request).is_err() {
            return self.answer(key, plain(Status::SERVER_INTERNAL_ERROR));
        }
        match request.method() {
            Method::Prack => self.on_prack(now, key, request),
            Method::Bye if self.state == State::Proceeding => {
                self.answer(key, plain(Status::OK));
                self.terminate(request);
            }
            Method::Bye if self.state == State::Accepted => {
                self.answer(key, plain(Status::OK));
                self.end();
                self.tell(IncomingEvent::Failed(EndedBy::Remote));
            }
            _ => self.on_update(key, request),
        }
    }

    /// The ACK of our 2xx.
    pub fn on_ack(&mut self, request: &Request) {
        if self.state != State::Accepted {
            return;
        }
        (self.state, self.success) = (State::Confirmed, None);
        let sdp = description(&request.headers, request.body());
        let answer = sdp.filter(|_| self.negotiation.receive_answer());
        self.tell(IncomingEvent::Confirmed(answer.map(<[u8]>::to_vec)));
    }

    /// The INVITE's transaction could not send.
    pub fn on_transport_failed(&mut self) {
        if self.state == State::Proceeding {
            self.end();
            self.tell(IncomingEvent::Failed(EndedBy::Gone));
        }
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        match self.success.as_mut().map(|success| success.on_wake(now)) {
            Some(Wanted::Repeat) => self.actions.extend(self.success.as_ref().map(Unacknowledged::repeat)),
            Some(Wanted::GiveUp) => {
                self.end();
                self.tell(IncomingEvent::Failed(EndedBy::NoAck));
            }
            Some(Wanted::Nothing) | None => {}
        }
        let Some(reliable) = &mut self.reliable else { return };
        if reliable.deadline <= now {
            self.reject(Status::SERVER_INTERNAL_ERROR, &Headers::new());
            self.tell(IncomingEvent::Failed(EndedBy::Gone));
        } else if reliable.retransmission.is_due(now) {
            let response = reliable.response.clone();
            self.respond(response);
        }
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        let reliable = self.reliable.as_ref().map(|reliable| reliable.deadline.min(reliable.retransmission.at()));
        timers::earlier(reliable, self.success.as_ref().map(Unacknowledged::wake))
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Action<IncomingEvent>> {
        self.actions.pop_front()
    }

    /// Whether a 2xx was sent: then there is a session to run, or to end by BYE.
    pub fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted | State::Confirmed)
    }

    /// Whether it is over without a session.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// For a [`Session`](super::Session), once [confirmed](IncomingEvent::Confirmed) or not acknowledged.
    pub fn into_parts(self) -> (Dialog, Negotiation, SessionTimer) {
        (self.dialog, self.negotiation, self.timer)
    }

    fn response(&self, status: Status, sdp: Option<Vec<u8>>) -> Response {
        let mut response = answer(&self.request, status, &self.dialog.id().local_tag, &self.contact, &self.extra);
        if let Some(sdp) = sdp {
            response.set_body(&MediaType::sdp(), sdp);
        }
        response
    }

    fn respond(&mut self, response: Response) {
        self.answer(self.key.clone(), response);
    }

    fn answer(&mut self, key: ServerKey, response: Response) {
        self.actions.push_back(Action::Respond { key, response: Box::new(response) });
    }

    fn tell(&mut self, event: IncomingEvent) {
        self.actions.push_back(Action::Event(event));
    }

    fn end(&mut self) {
        self.answer_update(None);
        (self.state, self.reliable, self.success, self.updating) = (State::Ended, None, None, None);
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests;
