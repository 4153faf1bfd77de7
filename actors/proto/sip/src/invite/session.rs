//! [`Session`]: a confirmed dialog of an INVITE (RFC 3261 sections 12.2, 14 and 15; RFC 3311; RFC 4028).
//!
//! One offer is open at a time:
//!
//! ```text
//!             offer(): INVITE, UPDATE                 INVITE, UPDATE came
//!            ┌────────────────────────── Stable ───────────────────────┐
//!            V   2xx, refusal, no answer  ▲  ▲  answer(), refuse()     V
//!          Offering ──────────────────────┘  └──────────────────── Offered
//!            │ theirs comes: 491                      a second comes: 500, ours: not sent
//! ```
//!
//! Everything else (INFO, REFER, NOTIFY, MESSAGE) passes beside that. BYE ends it from every state.

use std::collections::VecDeque;
use std::time::Instant;

use super::action::{Action, EndedBy, Unacknowledged, Wanted, answer, describe};
use crate::dialog::{Dialog, DialogId, Due, Negotiation, Owed, SessionTimer, TimerPolicy};
use crate::message::{Headers, MediaType, Method, NameAddr, Reason, Request, Response, Status, description, name};
use crate::transaction::ServerKey;
use crate::transaction::timers;

/// What the user learns.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// The other side offers; `None`: it wants an offer of ours. [`Session::answer`] or [`Session::refuse`].
    Offer(Option<Vec<u8>>),
    /// The answer to our offer.
    Answer(Vec<u8>),
    /// Our offer was refused; what was agreed before holds. 491: both sides offered, try again after a chance
    /// delay (RFC 3261 section 14.1).
    Refused(Status),
    /// INFO, REFER, NOTIFY, MESSAGE, OPTIONS: to be [responded to](Session::respond).
    Request {
        /// To respond by.
        key: ServerKey,
        /// What.
        request: Box<Request>,
    },
    /// A final response to a request of ours that is no offer and no BYE.
    Response(Box<Response>),
    /// 401 or 407 to a request of ours: [`Session::again`] with it once the challenge is taken.
    Challenged(Box<Response>),
    /// It is over; nothing is told after it but the challenge to a BYE.
    Ended {
        /// Why.
        by: EndedBy,
        /// What the BYE said.
        reasons: Vec<Reason>,
    },
}

/// What a session is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Confirmed.
    pub dialog: Dialog,
    /// Nothing is owed.
    pub negotiation: Negotiation,
    /// As the 2xx of the INVITE set it.
    pub timer: SessionTimer,
    /// The session timer to ask for.
    pub policy: TimerPolicy,
    /// Of our responses.
    pub contact: NameAddr,
    /// Of our INVITE, UPDATE and their responses: Allow, Supported (with `timer`), …
    pub extra: Headers,
    /// Whether the other side's Allow names UPDATE.
    pub allows_update: bool,
    /// What we said last that was agreed on: repeated by a refresh.
    pub description: Option<Vec<u8>>,
}

/// Our INVITE or UPDATE under way.
#[derive(Clone, Debug)]
struct Ours {
    request: Request,
    /// A refresh by UPDATE has no description.
    has_offer: bool,
    /// The user asked for it, not the session timer.
    by_user: bool,
}

/// Theirs.
#[derive(Clone, Debug)]
struct Theirs {
    key: ServerKey,
    request: Request,
}

/// See the module.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    ours: Option<Ours>,
    theirs: Option<Theirs>,
    /// Our 2xx to an INVITE of theirs.
    success: Option<Unacknowledged>,
    /// The last ACK we sent, repeated with its 2xx.
    ack: Option<Request>,
    ended: bool,
    actions: VecDeque<Action<SessionEvent>>,
}

impl Session {
    /// Begins.
    pub fn new(setup: Setup) -> Session {
        Session { setup, ours: None, theirs: None, success: None, ack: None, ended: false, actions: VecDeque::new() }
    }

    /// The dialog.
    pub fn dialog(&self) -> &Dialog {
        &self.setup.dialog
    }

    /// Whether it is over; the responses of BYE may still come.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether an offer would be sent now: none is open in either direction.
    pub fn may_offer(&self) -> bool {
        !self.ended
            && self.ours.is_none()
            && self.theirs.is_none()
            && self.success.is_none()
            && self.setup.negotiation.owed() == Owed::Nothing
    }

    /// Offers by INVITE: hold, resume, other media. `false`: not now, see [`Session::may_offer`].
    pub fn offer(&mut self, sdp: Vec<u8>) -> bool {
        self.may_offer() && self.send_offer(Method::Invite, Some(sdp), true)
    }

    /// The same by UPDATE, for what the other side answers without asking anybody (RFC 3311 section 5.1). `false` also if
    /// its Allow does not name UPDATE.
    pub fn offer_by_update(&mut self, sdp: Vec<u8>) -> bool {
        self.setup.allows_update && self.may_offer() && self.send_offer(Method::Update, Some(sdp), true)
    }

    fn send_offer(&mut self, method: Method, sdp: Option<Vec<u8>>, by_user: bool) -> bool {
        let has_offer = sdp.is_some() && self.setup.negotiation.send();
        let mut request = self.setup.dialog.request(method);
        self.decorate(&mut request);
        describe(&mut request, sdp);
        self.actions.push_back(Action::Send(Box::new(request.clone())));
        self.ours = Some(Ours { request, has_offer, by_user });
        true
    }

    fn decorate(&self, request: &mut Request) {
        for header in self.setup.extra.iter() {
            request.headers.push(header.name().clone(), header.text());
        }
        self.setup.timer.request(request, self.setup.policy);
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

    /// Ends it. `reason`: for the other side's records.
    pub fn bye(&mut self, reason: Option<Reason>) {
        if self.ended {
            return;
        }
        let mut bye = self.setup.dialog.request(Method::Bye);
        bye.headers.extend(&name::REASON, reason);
        self.actions.push_back(Action::Send(Box::new(bye)));
        self.end(EndedBy::Local, Vec::new());
    }

    /// INFO, REFER, NOTIFY, MESSAGE within the dialog.
    pub fn send(&mut self, method: Method, headers: &Headers, body: Option<(MediaType, Vec<u8>)>) {
        if self.ended {
            return;
        }
        let mut request = self.setup.dialog.request(method);
        headers.iter().for_each(|header| request.headers.push(header.name().clone(), header.text()));
        if let Some((kind, body)) = body {
            request.set_body(&kind, body);
        }
        self.actions.push_back(Action::Send(Box::new(request)));
    }

    /// The same request once more with the next number, after a challenge.
    pub fn again(&mut self, mut request: Request) {
        let is_ours = self.ours.as_ref().is_some_and(|ours| ours.request.cseq() == request.cseq());
        self.setup.dialog.renumber(&mut request);
        if let Some(ours) = self.ours.as_mut().filter(|_| is_ours) {
            ours.request = request.clone();
        }
        self.actions.push_back(Action::Send(Box::new(request)));
    }

    /// Responds to a [`SessionEvent::Request`].
    pub fn respond(&mut self, key: ServerKey, response: Response) {
        self.give(key, response);
    }

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
        let is_ours = self.ours.as_ref().is_some_and(|ours| ours.request.cseq() == Ok(cseq.clone()));
        match () {
            () if !status.is_final() => {}
            () if is_challenge && (!self.ended || cseq.method == Method::Bye) => {
                self.tell(SessionEvent::Challenged(Box::new(response)))
            }
            () if is_ours && status.is_success() => self.on_accepted(now, &response),
            () if is_ours => self.on_refused(&response),
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

    fn on_refused(&mut self, response: &Response) {
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
        if ours.by_user && !self.ended {
            self.tell(SessionEvent::Refused(status));
        }
    }

    /// A request of ours got no response or could not be sent: 408, 503. `request`: which.
    pub fn on_no_response(&mut self, request: &Request) {
        let tag = request.headers.to().ok().and_then(|to| to.tag().map(|tag| tag.into_owned()));
        if tag.unwrap_or_default() != self.setup.dialog.id().remote_tag {
            // Of another fork.
            return;
        }
        let is_offer = self.ours.as_ref().is_some_and(|ours| ours.request.cseq() == request.cseq());
        if is_offer {
            self.ours = None;
            self.setup.negotiation.refuse();
        }
        if !matches!(request.method(), Method::Bye | Method::Notify) {
            self.give_up(EndedBy::Gone);
        }
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        match self.success.as_mut().map(|success| success.on_wake(now)) {
            Some(Wanted::Repeat) => self.actions.extend(self.success.as_ref().map(Unacknowledged::repeat)),
            Some(Wanted::GiveUp) => self.give_up(EndedBy::NoAck),
            Some(Wanted::Nothing) | None => {}
        }
        match self.setup.timer.on_wake(now).filter(|_| !self.ended) {
            Some(Due::Refresh) => self.refresh(),
            Some(Due::Expired) => self.give_up(EndedBy::Expired),
            None => {}
        }
    }

    fn give_up(&mut self, by: EndedBy) {
        if !self.ended {
            let bye = self.setup.dialog.request(Method::Bye);
            self.actions.push_back(Action::Send(Box::new(bye)));
            self.end(by, Vec::new());
        }
    }

    /// An offer that is open refreshes by itself.
    fn refresh(&mut self) {
        if !self.may_offer() {
            return;
        }
        match self.setup.allows_update {
            true => self.send_offer(Method::Update, None, false),
            false => self.send_offer(Method::Invite, self.setup.description.clone(), false),
        };
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        let timer = self.setup.timer.wake().filter(|_| !self.ended);
        timers::earlier(timer, self.success.as_ref().map(Unacknowledged::wake))
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Action<SessionEvent>> {
        self.actions.pop_front()
    }

    /// Whatever is still open is answered 487 (section 15.1.2).
    fn end(&mut self, by: EndedBy, reasons: Vec<Reason>) {
        if !self.ended {
            self.refuse(Status::REQUEST_TERMINATED);
            (self.ended, self.success) = (true, None);
            self.tell(SessionEvent::Ended { by, reasons });
        }
    }

    fn give(&mut self, key: ServerKey, response: Response) {
        self.actions.push_back(Action::Respond { key, response: Box::new(response) });
    }

    fn tell(&mut self, event: SessionEvent) {
        self.actions.push_back(Action::Event(event));
    }
}

/// The other side knows nothing of the dialog any more (section 12.2.1.2).
fn is_gone(status: Status) -> bool {
    matches!(status, Status::CALL_DOES_NOT_EXIST | Status::REQUEST_TIMEOUT)
}

#[cfg(test)]
mod tests;
