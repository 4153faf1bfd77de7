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
//!
//! `ours`: the responses to our requests, and the refresh. `theirs`: requests of the other side and their answers.

mod ours;
mod theirs;

use std::collections::VecDeque;
use std::time::Instant;

use super::action::{Action, EndedBy, Unacknowledged, Wanted, describe};
use crate::dialog::{Dialog, Due, Negotiation, Owed, SessionTimer, TimerPolicy};
use crate::message::{Headers, MediaType, Method, NameAddr, Reason, Request, Response, Status, name};
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

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        match self.success.as_mut().map(|success| success.on_wake(now)) {
            Some(Wanted::Repeat) => self.actions.extend(self.success.as_ref().map(Unacknowledged::repeat)),
            Some(Wanted::GiveUp) => self.give_up(EndedBy::NoAck),
            Some(Wanted::Nothing) | None => {}
        }
        match self.setup.timer.on_wake(now).filter(|_| !self.ended) {
            Some(Due::Refresh) => self.refresh(now),
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

    /// Ends it because the other side is not to be reached any more.
    pub fn lose(&mut self) {
        self.give_up(EndedBy::Gone);
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

#[cfg(test)]
mod tests;
