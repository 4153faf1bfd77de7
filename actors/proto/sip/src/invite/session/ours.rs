//! What comes of our requests, and the refresh.

use std::time::Instant;

use super::{Session, SessionEvent};
use crate::dialog::DialogId;
use crate::invite::action::{Action, EndedBy};
use crate::message::{CSeq, Method, Request, Response, Status, description};

impl Session {
    /// A response to a request of ours.
    pub fn on_response(&mut self, now: Instant, response: Response) {
        let status = response.status();
        let Ok(cseq) = response.cseq() else { return };
        let tag = DialogId::of_response(&response).map(|id| id.remote_tag).unwrap_or_default();
        if !tag.is_empty() && tag != self.setup.dialog.id().remote_tag {
            // Of another fork, such as to the BYE that ended it.
            return;
        }
        if cseq.method == Method::Invite && status.is_success() && self.repeat_ack(cseq.number) {
            return;
        }
        let is_challenge = matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED);
        match () {
            () if !status.is_final() => {}
            () if is_challenge && (!self.ended || cseq.method == Method::Bye) => {
                self.tell(SessionEvent::Challenged(Box::new(response)))
            }
            () => self.on_final(now, &cseq, response),
        }
    }

    fn on_final(&mut self, now: Instant, cseq: &CSeq, response: Response) {
        let status = response.status();
        let is_ours = self.ours.as_ref().is_some_and(|ours| ours.request.cseq().as_ref() == Ok(cseq));
        match () {
            () if is_ours && status.is_success() => self.on_accepted(now, &response),
            () if is_ours => self.on_refused(now, &response),
            // Of a subscription only: the dialog has another usage (RFC 5057 section 5.1).
            () if cseq.method == Method::Notify => {}
            () if is_gone(status) => self.give_up(EndedBy::Gone),
            () if cseq.method == Method::Bye || self.ended => {}
            () => self.tell(SessionEvent::Response(Box::new(response))),
        }
    }

    fn repeat_ack(&mut self, number: u32) -> bool {
        let known = self.ack.as_ref().filter(|ack| ack.cseq().is_ok_and(|cseq| cseq.number == number));
        let known = known.cloned();
        let is_known = known.is_some();
        self.actions.extend(known.map(|ack| Action::Ack(Box::new(ack))));
        is_known
    }

    fn on_accepted(&mut self, now: Instant, response: &Response) {
        let Some(ours) = self.ours.take() else { return };
        if let Ok(contacts) = response.headers.contacts() {
            self.setup.dialog.refresh_target(contacts);
        }
        if let (Method::Invite, Ok(cseq)) = (ours.request.method(), ours.request.cseq()) {
            let ack = self.setup.dialog.ack(cseq.number);
            self.ack = Some(ack.clone());
            self.actions.push_back(Action::Ack(Box::new(ack)));
        }
        self.setup.timer.accepted(now, response);
        if !ours.has_offer || self.ended {
            return;
        }
        let sdp = description(&response.headers, response.body());
        match sdp.filter(|_| self.setup.negotiation.receive_answer()) {
            Some(sdp) => {
                self.setup.description = Some(ours.request.body().to_vec());
                self.tell(SessionEvent::Answer(sdp.to_vec()));
            }
            None => self.bye(None),
        }
    }

    fn on_refused(&mut self, now: Instant, response: &Response) {
        let Some(ours) = self.ours.take() else { return };
        if ours.has_offer {
            self.setup.negotiation.refuse();
        }
        let status = response.status();
        if is_gone(status) {
            return self.give_up(EndedBy::Gone);
        }
        if status == Status::SESSION_INTERVAL_TOO_SMALL && self.setup.timer.too_small(response) && !self.ended {
            let sdp = description(&ours.request.headers, ours.request.body()).map(<[u8]>::to_vec);
            self.send_offer(ours.request.method().clone(), sdp, ours.by_user);
            return;
        }
        if matches!(status, Status::METHOD_NOT_ALLOWED | Status::NOT_IMPLEMENTED) {
            self.setup.allows_update &= *ours.request.method() != Method::Update;
        }
        match ours.by_user {
            true if !self.ended => self.tell(SessionEvent::Refused(status)),
            true => {}
            false => self.setup.timer.postpone(now),
        }
    }

    /// A request of ours has no final response that could be followed: 408 if none came in time, 503 if the request could
    /// not be sent, 401 or 407 if nobody answers the challenge. Only the first ends the dialog (section 12.2.1.2); the
    /// others fail that request, as such a response would.
    pub fn on_no_response(&mut self, now: Instant, request: &Request, status: Status) {
        let tag = request.headers.to().ok().and_then(|to| to.tag().map(|tag| tag.into_owned()));
        if tag.unwrap_or_default() != self.setup.dialog.id().remote_tag {
            // Of another fork.
            return;
        }
        if let Ok(cseq) = request.cseq() {
            self.on_final(now, &cseq, request.response(status, None));
        }
    }

    /// While an offer is open, or once the refresh was refused, it is tried again: only a dialog that is gone is to be
    /// ended before the interval is over (RFC 4028 section 10).
    pub(super) fn refresh(&mut self, now: Instant) {
        if !self.may_offer() {
            return self.setup.timer.postpone(now);
        }
        match self.setup.allows_update {
            true => self.send_offer(Method::Update, None, false),
            false => self.send_offer(Method::Invite, self.setup.description.clone(), false),
        };
    }
}

/// The other side knows nothing of the dialog any more (section 12.2.1.2).
fn is_gone(status: Status) -> bool {
    matches!(status, Status::CALL_DOES_NOT_EXIST | Status::REQUEST_TIMEOUT)
}
