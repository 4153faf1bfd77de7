//! [`Registration`]: one account's binding at its registrar (RFC 3261 section 10.2), kept alive.
//!
//! ```text
//!            start()                 2xx                    refresh due
//!   Idle ───────────► Asking ────────────────► Registered ──────────────► Asking
//!    ▲                │  ▲ │ refused, silence      │ flow lost
//!    │ final response │  │ V                       V
//!   Leaving ◄──────── │  Waiting (back-off, Retry-After, by chance) ◄──────
//!        stop()       └── 423, challenge: at once
//! ```
//!
//! Nothing here repeats a wrong password: whoever answers challenges says so by [`Registration::fail`],
//! and it rests until it is started again. Chance comes as an argument (`chance`, any `u32`): thousands
//! of accounts that lost one registrar come back spread over time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::message::{CSeq, Contacts, Headers, Method, NameAddr, Request, Response, Status, Uri, name};

/// First pause after a failure; each further one is twice as long. By chance half to all of it is waited.
pub const FIRST_PAUSE: Duration = Duration::from_secs(4);
/// Longest pause.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Most that a Retry-After is heeded.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// Most that a Min-Expires is heeded, in seconds.
pub const LONGEST_EXPIRES: u32 = 86_400;

/// What an account registers.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Request-URI: the domain, without a user.
    pub registrar: Uri,
    /// To and, with a tag, From.
    pub address_of_record: NameAddr,
    /// Where we are reached.
    pub contact: NameAddr,
    /// How long, in seconds, is asked for.
    pub expires: u32,
    /// The same for every REGISTER of this account since the process began (section 10.2).
    pub call_id: String,
    /// Of From.
    pub tag: String,
    /// User-Agent, Supported, Allow, … of each request.
    pub extra: Headers,
}

/// Why there is no binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The password is wrong, or the challenge is not for us to answer.
    WrongCredentials,
    /// The registrar said no.
    Rejected(Status),
    /// It said nothing.
    Timeout,
    /// It could not be reached, or the connection to it broke.
    Unreachable,
}

/// What is to be done, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send, after adding Via and credentials.
    Send(Box<Request>),
    /// Tell the user.
    Event(Event),
}

/// What the user learns.
#[derive(Clone, Debug)]
pub enum Event {
    /// The binding stands, or stands again. Not told for a mere refresh.
    Registered {
        /// From where the registrar saw us (RFC 3581).
        seen_as: Option<SocketAddr>,
    },
    /// 401 or 407: [`Registration::again`] once the challenge is taken, or [`Registration::fail`].
    Challenged(Box<Response>),
    /// There is no binding, or none will be soon.
    Failed {
        /// Why.
        failure: Failure,
        /// When it is tried again; `None`: when started again.
        retry_in: Option<Duration>,
    },
    /// The binding is removed, as asked.
    Unregistered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Asking,
    Registered,
    Waiting,
    Leaving,
}

/// See the module.
#[derive(Debug)]
pub struct Registration {
    binding: Binding,
    state: State,
    cseq: u32,
    /// Asked for; more than the binding's after a 423.
    expires: u32,
    failures: u32,
    /// Whether the user believes we are registered.
    is_told: bool,
    wake: Option<Instant>,
    service_route: Vec<NameAddr>,
    outputs: VecDeque<Output>,
}

impl Registration {
    /// Not started.
    pub fn new(binding: Binding) -> Registration {
        Registration {
            state: State::Idle,
            cseq: 0,
            expires: binding.expires,
            failures: 0,
            is_told: false,
            wake: None,
            service_route: Vec::new(),
            outputs: VecDeque::new(),
            binding,
        }
    }

    /// Registers now, whatever was before.
    pub fn start(&mut self) {
        self.ask(State::Asking, self.expires);
    }

    /// Removes the binding.
    pub fn stop(&mut self) {
        match self.state {
            State::Idle | State::Leaving => {}
            State::Asking | State::Registered | State::Waiting => self.ask(State::Leaving, 0),
        }
    }

    /// Our address is another, such as the one the registrar saw: the binding is made anew.
    pub fn move_to(&mut self, contact: NameAddr) {
        self.binding.contact = contact;
        if !matches!(self.state, State::Idle | State::Leaving) {
            self.start();
        }
    }

    /// The request once more with the next number, after a challenge.
    pub fn again(&mut self) {
        match self.state {
            State::Leaving => self.ask(State::Leaving, 0),
            State::Idle | State::Asking | State::Registered | State::Waiting => self.ask(State::Asking, self.expires),
        }
    }

    /// The challenge cannot be answered: rests until started again.
    pub fn fail(&mut self) {
        (self.state, self.wake) = (State::Idle, None);
        self.lost(Failure::WrongCredentials, None);
    }

    /// Whether the registrar knows us, as far as we know.
    pub fn is_registered(&self) -> bool {
        self.is_told
    }

    /// Route of requests outside of dialogs (RFC 3608).
    pub fn service_route(&self) -> &[NameAddr] {
        &self.service_route
    }

    fn ask(&mut self, state: State, expires: u32) {
        log::trace!("registration: {:?} -> {state:?}", self.state);
        self.cseq += 1;
        (self.state, self.wake) = (state, None);
        let Binding { registrar, address_of_record, contact, call_id, tag, extra, .. } = &self.binding;
        let mut request = Request::new(Method::Register, registrar.clone());
        let mut contact = contact.clone();
        contact.params_mut().set("expires", &expires.to_string());
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.push(name::FROM, address_of_record.clone().with_tag(tag));
        request.headers.push(name::TO, address_of_record);
        request.headers.push(name::CALL_ID, call_id);
        request.headers.push(name::CSEQ, CSeq { number: self.cseq, method: Method::Register });
        request.headers.push(name::CONTACT, contact);
        request.headers.push(name::EXPIRES, expires);
        extra.iter().for_each(|header| request.headers.push(header.name().clone(), header.text()));
        self.outputs.push_back(Output::Send(Box::new(request)));
    }

    /// A response to the REGISTER; one to an earlier number is ignored.
    pub fn on_response(&mut self, now: Instant, response: Response, chance: u32) {
        let status = response.status();
        let is_last = response.cseq().is_ok_and(|cseq| cseq.number == self.cseq);
        if !is_last || !status.is_final() || !matches!(self.state, State::Asking | State::Leaving) {
            return;
        }
        match status {
            Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED => {
                self.tell(Event::Challenged(Box::new(response)));
            }
            _ if self.state == State::Leaving => self.leave(),
            _ if status.is_success() => self.on_success(now, &response, chance),
            Status::INTERVAL_TOO_BRIEF if self.ask_longer(&response) => self.start(),
            _ => self.on_refused(now, &response, chance),
        }
    }

    fn leave(&mut self) {
        (self.state, self.is_told) = (State::Idle, false);
        self.service_route.clear();
        self.tell(Event::Unregistered);
    }

    fn on_success(&mut self, now: Instant, response: &Response, chance: u32) {
        let granted = self.granted(response);
        if granted == 0 {
            return self.pause(now, Failure::Rejected(Status::OK), LONGEST_PAUSE, chance);
        }
        (self.state, self.failures) = (State::Registered, 0);
        self.service_route = response.headers.addresses(name::SERVICE_ROUTE).unwrap_or_default();
        self.wake = Some(now + refresh_after(granted, chance));
        if !std::mem::replace(&mut self.is_told, true) {
            let via = response.headers.via().ok();
            let seen_as = via.and_then(|via| Some(SocketAddr::new(via.received()?, via.rport()?)));
            self.tell(Event::Registered { seen_as });
        }
    }

    /// Seconds: of our Contact, else of the message, else what was asked for (section 10.2.4).
    fn granted(&self, response: &Response) -> u32 {
        let own = &self.binding.contact.uri;
        let of_contact = match response.headers.contacts() {
            Ok(Contacts::List(list)) => list
                .iter()
                .find(|contact| contact.uri.is_equivalent(own))
                .and_then(|contact| contact.params().get("expires")?.parse().ok()),
            Ok(Contacts::All) | Err(_) => None,
        };
        let of_message = || response.headers.expires().ok().flatten();
        of_contact.or_else(of_message).unwrap_or(self.expires).min(LONGEST_EXPIRES)
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
        let pause = match retry_after {
            Some(seconds) => return self.pause_exactly(now, Failure::Rejected(status), seconds, chance),
            None if is_passing(status) => self.next_pause(),
            None => LONGEST_PAUSE,
        };
        self.pause(now, Failure::Rejected(status), pause, chance);
    }

    /// No response (408), or it could not be sent (503).
    pub fn on_no_response(&mut self, now: Instant, status: Status, chance: u32) {
        match self.state {
            State::Leaving => self.leave(),
            State::Asking => {
                let failure = if status == Status::REQUEST_TIMEOUT { Failure::Timeout } else { Failure::Unreachable };
                let pause = self.next_pause();
                self.pause(now, failure, pause, chance);
            }
            State::Idle | State::Registered | State::Waiting => {}
        }
    }

    /// The connection that the binding hangs on broke (RFC 5626 section 4.5).
    pub fn on_flow_lost(&mut self, now: Instant, chance: u32) {
        if self.state == State::Registered {
            let pause = self.next_pause();
            self.pause(now, Failure::Unreachable, pause, chance);
        }
    }

    fn next_pause(&mut self) -> Duration {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        pause.min(LONGEST_PAUSE)
    }

    /// Half to all of `pause`.
    fn pause(&mut self, now: Instant, failure: Failure, pause: Duration, chance: u32) {
        self.wait(now, failure, pause / 2 + share(pause / 2, chance));
    }

    /// What the registrar asked for, and up to a tenth more.
    fn pause_exactly(&mut self, now: Instant, failure: Failure, seconds: u32, chance: u32) {
        let pause = Duration::from_secs(seconds.into()).clamp(FIRST_PAUSE, LONGEST_RETRY_AFTER);
        self.wait(now, failure, pause + share(pause / 10, chance));
    }

    fn wait(&mut self, now: Instant, failure: Failure, pause: Duration) {
        (self.state, self.wake) = (State::Waiting, Some(now + pause));
        self.lost(failure, Some(pause));
    }

    fn lost(&mut self, failure: Failure, retry_in: Option<Duration>) {
        self.is_told = false;
        self.tell(Event::Failed { failure, retry_in });
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        if self.wake.take_if(|at| *at <= now).is_some() {
            self.start();
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

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// Between half and nine tenths of the time, so that a silent registrar is noticed before the binding
/// ends (its request times out after 32 s) and accounts drift apart.
fn refresh_after(granted: u32, chance: u32) -> Duration {
    let whole = Duration::from_secs(granted.into());
    whole / 2 + share(whole * 2 / 5, chance)
}

/// Nothing to all of `whole`.
fn share(whole: Duration, chance: u32) -> Duration {
    whole.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

/// Whether it may be otherwise soon.
fn is_passing(status: Status) -> bool {
    matches!(status, Status::REQUEST_TIMEOUT | Status::TEMPORARILY_UNAVAILABLE) || (500..600).contains(&status.code())
}

#[cfg(test)]
mod tests;
