//! Requests of the other side, and our answers.

use std::time::Instant;

use super::{Session, SessionEvent, Theirs};
use crate::dialog::Owed;
use crate::invite::action::{EndedBy, Unacknowledged, answer};
use crate::message::{MediaType, Method, Request, Status, description, name};
use crate::transaction::ServerKey;

impl Session {
    /// A request within the dialog that began a transaction.
    pub fn on_request(&mut self, now: Instant, key: ServerKey, request: Request) {
        if self.ended {
            return self.give(key, request.response(Status::CALL_DOES_NOT_EXIST, None));
        }
        if self.setup.dialog.receive(&request).is_err() {
            return self.give(key, request.response(Status::SERVER_INTERNAL_ERROR, None));
        }
        match request.method() {
            Method::Bye => self.on_bye(key, &request),
            Method::Invite | Method::Update => self.on_offer(now, key, request),
            Method::Prack | Method::Cancel | Method::Register | Method::Publish | Method::Ack => {
                self.give(key, request.response(Status::CALL_DOES_NOT_EXIST, None));
            }
            Method::Info
            | Method::Message
            | Method::Notify
            | Method::Options
            | Method::Refer
            | Method::Subscribe
            | Method::Extension(_) => self.tell(SessionEvent::Request { key, request: Box::new(request) }),
        }
    }

    fn on_bye(&mut self, key: ServerKey, request: &Request) {
        self.give(key, request.response(Status::OK, None));
        self.end(EndedBy::Remote, request.headers.reasons().unwrap_or_default());
    }

    fn on_offer(&mut self, now: Instant, key: ServerKey, request: Request) {
        let sdp = description(&request.headers, request.body()).map(<[u8]>::to_vec);
        let is_invite = *request.method() == Method::Invite;
        if self.theirs.is_some() || self.success.is_some() {
            return self.try_later(key, &request);
        }
        if self.ours.is_some() && (is_invite || sdp.is_some()) {
            return self.give(key, request.response(Status::REQUEST_PENDING, None));
        }
        if let Some(refusal) = self.setup.timer.refusal(&request, &self.setup.dialog.id().local_tag) {
            return self.give(key, refusal);
        }
        if !is_invite && sdp.is_none() {
            // Only a refresh of target or timer.
            return self.accept(now, key, &request, None);
        }
        if sdp.is_some()
            && let Err(refusal) = self.setup.negotiation.receive_offer()
        {
            return self.give(key, request.response(refusal.status(), None));
        }
        self.theirs = Some(Theirs { key, request });
        self.tell(SessionEvent::Offer(sdp));
    }

    /// Their last offer is not settled (section 14.2).
    fn try_later(&mut self, key: ServerKey, request: &Request) {
        let mut response = request.response(Status::SERVER_INTERNAL_ERROR, None);
        response.headers.push(name::RETRY_AFTER, 2);
        self.give(key, response);
    }

    /// A CANCEL of their INVITE within the dialog.
    pub fn on_cancel(&mut self, key: ServerKey, cancel: &Request) {
        self.give(key, cancel.response(Status::OK, None));
        self.refuse(Status::REQUEST_TERMINATED);
    }

    /// An ACK within the dialog.
    pub fn on_ack(&mut self, request: &Request) {
        let number = request.cseq().map(|cseq| cseq.number);
        let Some(success) = self.success.take_if(|success| number == Ok(success.number)) else { return };
        log::trace!("INVITE {} is acknowledged", success.number);
        let sdp = description(&request.headers, request.body());
        if self.setup.negotiation.owed() != Owed::ToUs {
            return;
        }
        match sdp {
            Some(sdp) if self.setup.negotiation.receive_answer() => self.tell(SessionEvent::Answer(sdp.to_vec())),
            // An offer that was never answered: nobody knows what holds.
            Some(_) | None => self.bye(None),
        }
    }

    /// Answers the offer of the other side; if it wanted one, `sdp` is it.
    pub fn answer(&mut self, now: Instant, sdp: Vec<u8>) {
        let Some(Theirs { key, request }) = self.theirs.take() else { return };
        self.setup.negotiation.send();
        self.setup.description = Some(sdp.clone());
        self.accept(now, key, &request, Some(sdp));
    }

    /// Refuses it: 488, 603, …
    pub fn refuse(&mut self, status: Status) {
        let Some(Theirs { key, request }) = self.theirs.take() else { return };
        if self.setup.negotiation.owed() == Owed::ByUs {
            self.setup.negotiation.refuse();
        }
        self.give(key, request.response(status, None));
    }

    fn accept(&mut self, now: Instant, key: ServerKey, request: &Request, sdp: Option<Vec<u8>>) {
        let tag = &self.setup.dialog.id().local_tag;
        let mut response = answer(request, Status::OK, tag, &self.setup.contact, &self.setup.extra);
        if let Some(sdp) = sdp {
            response.set_body(&MediaType::sdp(), sdp);
        }
        self.setup.timer.answer(now, request, &mut response);
        if let Ok(contacts) = request.headers.contacts() {
            self.setup.dialog.refresh_target(contacts);
        }
        if *request.method() == Method::Invite {
            let number = request.cseq().map_or(0, |cseq| cseq.number);
            self.success = Some(Unacknowledged::new(now, key.clone(), response.clone(), number));
        }
        self.give(key, response);
    }
}
