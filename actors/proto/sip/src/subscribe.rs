//! [`Subscription`]: a SUBSCRIBE of ours, kept alive, and its NOTIFYs (RFC 6665 section 4.1); such as of `message-summary`
//! (RFC 3842), which [`crate::summary`] reads.
//!
//! ```text
//!           start()        2xx, NOTIFY active        refresh due
//!   Idle ───────────► Asking ───────────────► Active ───────────► Asking
//!    ▲                  │ refused, silence      │ NOTIFY terminated; retry
//!    │ NOTIFY or 64 T1  V                       V
//!   Leaving ◄─stop()─ Waiting ◄─────────────────┘   terminated; no retry, 403, 404, 489, … ► Idle
//! ```
//!
//! The first 2xx or NOTIFY makes the dialog; a NOTIFY may overtake the 2xx. What comes of another fork gets 481.
//! Chance comes as an argument (`chance`, any `u32`).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::dialog::{Dialog, DialogId};
use crate::message::{CSeq, Headers, Method, NameAddr, Request, Response, Status, Uri, Valued, name};
use crate::register::{FIRST_PAUSE, LONGEST_EXPIRES, LONGEST_PAUSE, LONGEST_RETRY_AFTER};
use crate::transaction::ServerKey;

/// How long the last NOTIFY is waited for after an unsubscribe.
pub const FAREWELL: Duration = Duration::from_secs(32);

/// What is subscribed to.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Request-URI and To: the account, or its mailbox.
    pub resource: NameAddr,
    /// From, without tag.
    pub address_of_record: NameAddr,
    /// Where NOTIFYs are sent.
    pub contact: NameAddr,
    /// The event package, such as `message-summary`.
    pub event: &'static str,
    /// The body it tells by, for Accept.
    pub accept: &'static str,
    /// How long, in seconds, is asked for.
    pub expires: u32,
    /// User-Agent, Supported, … of each request.
    pub extra: Headers,
}

/// What is to be done, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send, after adding Via and credentials.
    Send(Box<Request>),
    /// Answer a NOTIFY.
    Respond {
        /// Which.
        key: ServerKey,
        /// How.
        response: Box<Response>,
    },
    /// Tell the user.
    Event(Event),
}

/// What the user learns.
#[derive(Clone, Debug)]
pub enum Event {
    /// A NOTIFY, answered already; its body is to be read.
    Notified(Box<Request>),
    /// 401 or 407: [`Subscription::again`] once the challenge is taken, or [`Subscription::fail`].
    Challenged(Box<Response>),
    /// Nothing is told any more, for now or for good.
    Failed {
        /// Why; 200 if a NOTIFY ended it.
        status: Status,
        /// When it is tried again; `None`: when started again.
        retry_in: Option<Duration>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Asking,
    Active,
    Waiting,
    Leaving,
}

/// See the module.
#[derive(Debug)]
pub struct Subscription {
    topic: Topic,
    call_id: String,
    tag: String,
    state: State,
    /// Of the last SUBSCRIBE outside of the dialog; the dialog counts on from there.
    cseq: u32,
    dialog: Option<Dialog>,
    last: Option<Request>,
    expires: u32,
    failures: u32,
    wake: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl Subscription {
    /// Not started. `call_id` and `tag`: unguessable, of this subscription only.
    pub fn new(topic: Topic, call_id: &str, tag: &str) -> Subscription {
        Subscription {
            state: State::Idle,
            call_id: call_id.to_owned(),
            tag: tag.to_owned(),
            cseq: 0,
            dialog: None,
            last: None,
            expires: topic.expires,
            failures: 0,
            wake: None,
            outputs: VecDeque::new(),
            topic,
        }
    }

    /// Subscribes now, whatever was before.
    pub fn start(&mut self) {
        self.ask(State::Asking, self.expires);
    }

    /// Unsubscribes.
    pub fn stop(&mut self, now: Instant) {
        match self.state {
            State::Idle | State::Leaving => {}
            State::Waiting => self.rest(),
            State::Asking | State::Active => {
                self.ask(State::Leaving, 0);
                self.wake = Some(now + FAREWELL);
            }
        }
    }

    /// The request once more with the next number, after a challenge.
    pub fn again(&mut self) {
        match self.state {
            State::Leaving => {
                let wake = self.wake;
                self.ask(State::Leaving, 0);
                self.wake = wake;
            }
            State::Asking => self.start(),
            State::Idle | State::Active | State::Waiting => {}
        }
    }

    /// The challenge cannot be answered: rests until started again.
    pub fn fail(&mut self) {
        self.rest();
        self.tell(Event::Failed { status: Status::UNAUTHORIZED, retry_in: None });
    }

    /// Whether a request in a dialog is of this subscription, or is the NOTIFY that makes its dialog.
    pub fn owns(&self, request: &Request) -> bool {
        let Ok(id) = DialogId::of_request(request) else { return false };
        let is_ours = id.call_id == self.call_id && id.local_tag == self.tag && self.state != State::Idle;
        is_ours && self.dialog.as_ref().is_none_or(|dialog| *dialog.id() == id)
    }

    fn ask(&mut self, state: State, expires: u32) {
        log::trace!("subscription: {:?} -> {state:?}", self.state);
        (self.state, self.wake) = (state, None);
        let mut request = match &mut self.dialog {
            Some(dialog) => dialog.request(Method::Subscribe),
            None => self.first(),
        };
        request.headers.push(name::EVENT, self.topic.event);
        request.headers.push(name::ACCEPT, self.topic.accept);
        request.headers.push(name::EXPIRES, expires);
        self.topic.extra.iter().for_each(|header| request.headers.push(header.name().clone(), header.text()));
        self.last = Some(request.clone());
        self.outputs.push_back(Output::Send(Box::new(request)));
    }

    fn first(&mut self) -> Request {
        self.cseq += 1;
        let Topic { resource, address_of_record, contact, .. } = &self.topic;
        let uri: Uri = resource.uri.clone();
        let mut request = Request::new(Method::Subscribe, uri);
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.push(name::FROM, address_of_record.clone().with_tag(&self.tag));
        request.headers.push(name::TO, resource);
        request.headers.push(name::CALL_ID, &self.call_id);
        request.headers.push(name::CSEQ, CSeq { number: self.cseq, method: Method::Subscribe });
        request.headers.push(name::CONTACT, contact);
        request
    }

    /// A response to the SUBSCRIBE; one to an earlier number is ignored.
    pub fn on_response(&mut self, now: Instant, response: Response, chance: u32) {
        let status = response.status();
        let is_last = self.last.as_ref().is_some_and(|last| last.cseq() == response.cseq());
        if !is_last || !status.is_final() || !matches!(self.state, State::Asking | State::Leaving) {
            return;
        }
        match status {
            Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED => {
                self.tell(Event::Challenged(Box::new(response)));
            }
            _ if status.is_success() => self.on_success(now, &response, chance),
            _ if self.state == State::Leaving => self.rest(),
            Status::INTERVAL_TOO_BRIEF if self.ask_longer(&response) => self.start(),
            _ => self.on_refused(now, &response, chance),
        }
    }

    fn on_success(&mut self, now: Instant, response: &Response, chance: u32) {
        if let (None, Some(last)) = (&self.dialog, &self.last) {
            self.dialog = Dialog::of_caller(last, response).ok();
        }
        if self.state == State::Asking {
            let granted = response.headers.expires().ok().flatten().unwrap_or(self.expires);
            self.active(now, granted, chance);
        }
    }

    /// A refresh is due between half and nine tenths of the time.
    fn active(&mut self, now: Instant, granted: u32, chance: u32) {
        let whole = Duration::from_secs(granted.clamp(1, LONGEST_EXPIRES).into());
        (self.state, self.failures) = (State::Active, 0);
        self.wake = Some(now + whole / 2 + share(whole * 2 / 5, chance));
    }

    /// A 423: whether asking for more makes sense.
    fn ask_longer(&mut self, response: &Response) -> bool {
        let least = response.headers.min_expires().ok().flatten().unwrap_or(0);
        let makes_sense = least > self.expires && least <= LONGEST_EXPIRES;
        if makes_sense {
            self.expires = least;
        }
        makes_sense
    }

    fn on_refused(&mut self, now: Instant, response: &Response, chance: u32) {
        let status = response.status();
        let retry_after = response.headers.retry_after().ok().flatten();
        let is_passing = status.code() >= 500 && status.code() < 600;
        let had_dialog = self.dialog.take().is_some();
        match retry_after {
            Some(seconds) => self.wait(now, status, Duration::from_secs(seconds.into()), chance),
            // The other side forgot it: subscribe anew (section 4.1.2.2).
            None if is_passing || (had_dialog && is_gone(status)) => {
                let pause = self.next_pause();
                self.wait(now, status, pause, chance);
            }
            None => {
                self.rest();
                self.tell(Event::Failed { status, retry_in: None });
            }
        }
    }

    /// No response (408), or it could not be sent (503).
    pub fn on_no_response(&mut self, now: Instant, status: Status, chance: u32) {
        match self.state {
            State::Leaving => self.rest(),
            State::Asking => {
                self.dialog = None;
                let pause = self.next_pause();
                self.wait(now, status, pause, chance);
            }
            State::Idle | State::Active | State::Waiting => {}
        }
    }

    /// A NOTIFY that [is ours](Subscription::owns).
    pub fn on_request(&mut self, now: Instant, key: ServerKey, request: Request, chance: u32) {
        let state = match self.read(&request) {
            Ok(state) => state,
            Err(status) => return self.respond(key, request.response(status, Some(&self.tag))),
        };
        self.respond(key, request.response(Status::OK, None));
        let is_over = state.value.eq_ignore_ascii_case("terminated");
        self.tell(Event::Notified(Box::new(request)));
        match (self.state, is_over) {
            (State::Leaving, true) => self.rest(),
            (State::Asking | State::Active, true) => self.on_terminated(now, &state, chance),
            (State::Asking | State::Active, false) => {
                let granted = state.params.raw("expires").and_then(|text| text.parse().ok());
                self.active(now, granted.unwrap_or(self.expires), chance);
            }
            (State::Idle | State::Waiting | State::Leaving, _) => {}
        }
    }

    /// Errors: the status to answer with.
    fn read(&mut self, request: &Request) -> Result<Valued, Status> {
        if *request.method() != Method::Notify || !self.owns(request) {
            return Err(Status::CALL_DOES_NOT_EXIST);
        }
        let event = request.headers.event().ok().flatten().ok_or(Status::BAD_REQUEST)?;
        if !event.value.eq_ignore_ascii_case(self.topic.event) {
            return Err(Status::BAD_EVENT);
        }
        let state = request.headers.subscription_state().ok().flatten().ok_or(Status::BAD_REQUEST)?;
        let mut dialog = match self.dialog.take() {
            Some(dialog) => dialog,
            None => self.dialog_of(request).ok_or(Status::BAD_REQUEST)?,
        };
        let in_order = dialog.receive(request).is_ok();
        if let (true, Ok(contacts)) = (in_order, request.headers.contacts()) {
            dialog.refresh_target(contacts);
        }
        self.dialog = Some(dialog);
        if in_order { Ok(state) } else { Err(Status::SERVER_INTERNAL_ERROR) }
    }

    /// The dialog of a NOTIFY that came before the 2xx. Our next number is above that of the SUBSCRIBE.
    fn dialog_of(&self, request: &Request) -> Option<Dialog> {
        let mut dialog = Dialog::of_called(request, &self.tag, self.topic.contact.clone()).ok()?;
        dialog.raise_cseq(self.cseq);
        dialog.expect_first();
        Some(dialog)
    }

    /// `reason` and `retry-after` say whether it is to be tried again (section 4.1.3).
    fn on_terminated(&mut self, now: Instant, state: &Valued, chance: u32) {
        self.dialog = None;
        let retry_after = state.params.raw("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
        match state.params.get("reason").unwrap_or_default().to_ascii_lowercase().as_str() {
            "rejected" | "noresource" | "invariant" => {
                self.rest();
                self.tell(Event::Failed { status: Status::OK, retry_in: None });
            }
            "deactivated" | "timeout" => self.wait(now, Status::OK, FIRST_PAUSE, chance),
            _ => {
                let pause = retry_after.unwrap_or_else(|| self.next_pause());
                self.wait(now, Status::OK, pause, chance);
            }
        }
    }

    fn next_pause(&mut self) -> Duration {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        pause.min(LONGEST_PAUSE)
    }

    /// `pause` and up to half of it more.
    fn wait(&mut self, now: Instant, status: Status, pause: Duration, chance: u32) {
        let pause = pause.clamp(FIRST_PAUSE, LONGEST_RETRY_AFTER);
        let pause = pause + share(pause / 2, chance);
        (self.state, self.wake) = (State::Waiting, Some(now + pause));
        self.tell(Event::Failed { status, retry_in: Some(pause) });
    }

    fn rest(&mut self) {
        (self.state, self.wake, self.dialog) = (State::Idle, None, None);
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        if self.wake.take_if(|at| *at <= now).is_some() {
            match self.state {
                State::Leaving => self.rest(),
                State::Active | State::Waiting => self.start(),
                State::Idle | State::Asking => {}
            }
        }
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        self.wake
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn respond(&mut self, key: ServerKey, response: Response) {
        self.outputs.push_back(Output::Respond { key, response: Box::new(response) });
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// Nothing to all of `whole`.
fn share(whole: Duration, chance: u32) -> Duration {
    whole.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

/// The other side knows nothing of the dialog any more.
fn is_gone(status: Status) -> bool {
    matches!(status, Status::CALL_DOES_NOT_EXIST | Status::REQUEST_TIMEOUT)
}

#[cfg(test)]
mod tests;
