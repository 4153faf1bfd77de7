//! The INVITE server transaction (RFC 3261 figure 7, RFC 6026 figure 4).
//!
//! ```text
//!                     |INVITE came: tell the user, 100 after 200 ms of silence
//!  INVITE: last 1xx ┌─V──────────┐
//!             again └ Proceeding ┤ 2xx of the user: send
//!       300-699 of the│          └────────────► Accepted ┐ INVITE: absorb
//!       user: send    V                            │  ▲──┘ ACK: tell the user, 2xx of the user: send
//!  INVITE, Timer G: ┌ Completed ──Timer H───┐      │ Timer L
//!        send again └─►  │       tell user  │      │
//!                   ACK  V                  V      V
//!    ACK: absorb ┌ Confirmed ──Timer I──► Terminated
//!                └─►
//! ```
//!
//! A user that never answers leaves nothing behind: Proceeding ends by itself after a time that no phone rings for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::server::ServerOutput;
use super::timers::{self, Retransmission, earlier};
use crate::message::{Method, Request, Response, Status};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Proceeding,
    Accepted,
    Completed,
    Confirmed,
    Terminated,
}

/// See the module.
#[derive(Debug)]
pub struct InviteServer {
    state: State,
    request: Request,
    /// The last response that was sent.
    last: Option<Arc<[u8]>>,
    is_reliable: bool,
    /// When to send 100, unless the user was faster.
    trying: Option<Instant>,
    retransmission: Option<Retransmission>,
    deadline: Option<Instant>,
    outputs: VecDeque<ServerOutput>,
}

impl InviteServer {
    /// For `request`, an INVITE that came over a transport that is reliable or not. The user knows of it already.
    pub fn new(now: Instant, request: Request, is_reliable: bool) -> InviteServer {
        InviteServer {
            state: State::Proceeding,
            request,
            last: None,
            is_reliable,
            trying: Some(now + timers::TRYING),
            retransmission: None,
            deadline: Some(now + timers::UNANSWERED),
            outputs: VecDeque::new(),
        }
    }

    /// The INVITE.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether the client has heard anything.
    pub fn has_responded(&self) -> bool {
        self.last.is_some()
    }

    /// Whether no final response was sent: a CANCEL would still change something (section 9.2).
    pub fn may_be_cancelled(&self) -> bool {
        self.state == State::Proceeding
    }

    /// An INVITE or ACK with this transaction's key.
    pub fn on_request(&mut self, now: Instant, request: Request) {
        let is_ack = *request.method() == Method::Ack;
        match self.state {
            State::Proceeding | State::Completed if !is_ack => self.repeat(),
            State::Completed => {
                let deadline = if self.is_reliable { now } else { now + timers::I };
                self.enter(State::Confirmed, Some(deadline));
                self.on_wake(now);
            }
            State::Accepted if is_ack => self.outputs.push_back(ServerOutput::Ack(Box::new(request))),
            State::Proceeding | State::Accepted | State::Confirmed | State::Terminated => {}
        }
    }

    /// A response of the user. After a final one only further 2xx to a 2xx are sent.
    pub fn respond(&mut self, now: Instant, response: &Response) {
        let status = response.status();
        match self.state {
            State::Proceeding if status.is_provisional() => self.send(response),
            State::Proceeding if status.is_success() => {
                self.send(response);
                self.enter(State::Accepted, Some(now + timers::L));
            }
            State::Proceeding => {
                self.send(response);
                self.retransmission = (!self.is_reliable).then(|| Retransmission::new(now, timers::G, timers::T2));
                self.enter(State::Completed, Some(now + timers::H));
            }
            State::Accepted if status.is_success() => self.send(response),
            State::Accepted | State::Completed | State::Confirmed | State::Terminated => {}
        }
    }

    /// What was sent could not be.
    pub fn on_transport_error(&mut self) {
        match self.state {
            State::Proceeding | State::Completed => {
                self.outputs.push_back(ServerOutput::TransportFailed);
                self.enter(State::Terminated, None);
            }
            // The user retransmits the 2xx itself and sees no ACK.
            State::Accepted => self.outputs.push_back(ServerOutput::TransportFailed),
            State::Confirmed | State::Terminated => {}
        }
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        if self.trying.is_some_and(|at| at <= now) {
            let trying = self.request.response(Status::TRYING, None);
            self.send(&trying);
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            if self.state == State::Completed {
                self.outputs.push_back(ServerOutput::Timeout);
            }
            return self.enter(State::Terminated, None);
        }
        if self.retransmission.as_mut().is_some_and(|again| again.is_due(now)) {
            self.repeat();
        }
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<ServerOutput> {
        self.outputs.pop_front()
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        earlier(self.trying, earlier(self.deadline, self.retransmission.map(|again| again.at())))
    }

    /// Whether it is over.
    pub fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }

    fn send(&mut self, response: &Response) {
        self.trying = None;
        self.last = Some(response.to_bytes().into());
        self.repeat();
    }

    fn repeat(&mut self) {
        self.outputs.extend(self.last.clone().map(ServerOutput::Send));
    }

    fn enter(&mut self, state: State, deadline: Option<Instant>) {
        log::trace!("INVITE server: {:?} -> {state:?}", self.state);
        (self.state, self.deadline, self.trying) = (state, deadline, None);
        if state != State::Completed {
            self.retransmission = None;
        }
    }
}

#[cfg(test)]
mod tests;
