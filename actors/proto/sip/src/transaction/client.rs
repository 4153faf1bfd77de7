//! The client transaction of every request but INVITE and ACK (RFC 3261 figure 6).
//!
//! ```text
//!                 |request sent
//!     Timer E     V             Timer F or transport error: tell the user
//!     ┌─────── Trying ───────────────────────────┐
//!     └─ send     │ │                            │
//!        again    │ │ 200-699                    │
//!            1xx  │ └──────────────┐             │
//!                 V                V             V
//!  Timer E, 1xx ┌ Proceeding ──► Completed ──► Terminated
//!               └─►  │  200-699    Timer K       ▲
//!                    └── Timer F, error ─────────┘
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::timers::{self, Retransmission, earlier};
use crate::message::{Request, Response};

/// What a client transaction wants done.
#[derive(Clone, Debug)]
pub enum ClientOutput {
    /// Send these bytes to the transaction's next hop.
    Send(Arc<[u8]>),
    /// Tell the user.
    Response(Box<Response>),
    /// No response in time: as a 408 (section 8.1.3.1).
    Timeout,
    /// It could not be sent: as a 503 (section 8.1.3.1).
    TransportFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

/// See the module.
#[derive(Debug)]
pub struct Client {
    state: State,
    bytes: Arc<[u8]>,
    is_reliable: bool,
    retransmission: Option<Retransmission>,
    deadline: Option<Instant>,
    outputs: VecDeque<ClientOutput>,
}

impl Client {
    /// Sends `request`, with its Via, over a transport that is reliable or not.
    pub fn new(now: Instant, request: &Request, is_reliable: bool) -> Client {
        let bytes: Arc<[u8]> = request.to_bytes().into();
        Client {
            state: State::Trying,
            outputs: VecDeque::from([ClientOutput::Send(bytes.clone())]),
            bytes,
            is_reliable,
            retransmission: (!is_reliable).then(|| Retransmission::new(now, timers::E, timers::T2)),
            deadline: Some(now + timers::F),
        }
    }

    /// A response with this transaction's key.
    pub fn on_response(&mut self, now: Instant, response: Response) {
        match self.state {
            State::Trying | State::Proceeding if response.status().is_provisional() => {
                if self.state == State::Trying && !self.is_reliable {
                    self.retransmission = Some(Retransmission::new(now, timers::T2, timers::T2));
                }
                self.enter(State::Proceeding);
                self.outputs.push_back(ClientOutput::Response(Box::new(response)));
            }
            State::Trying | State::Proceeding => {
                self.outputs.push_back(ClientOutput::Response(Box::new(response)));
                self.deadline = Some(if self.is_reliable { now } else { now + timers::K });
                (self.retransmission, self.bytes) = (None, Arc::default());
                self.enter(State::Completed);
                self.on_wake(now);
            }
            State::Completed | State::Terminated => {}
        }
    }

    /// What was sent could not be.
    pub fn on_transport_error(&mut self) {
        match self.state {
            State::Trying | State::Proceeding => self.fail(ClientOutput::TransportFailed),
            State::Completed | State::Terminated => {}
        }
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            return match self.state {
                State::Trying | State::Proceeding => self.fail(ClientOutput::Timeout),
                State::Completed | State::Terminated => self.end(),
            };
        }
        if self.retransmission.as_mut().is_some_and(|again| again.is_due(now)) {
            self.outputs.push_back(ClientOutput::Send(self.bytes.clone()));
        }
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<ClientOutput> {
        self.outputs.pop_front()
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        earlier(self.deadline, self.retransmission.map(|again| again.at()))
    }

    /// Whether it is over.
    pub fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }

    fn fail(&mut self, why: ClientOutput) {
        self.outputs.push_back(why);
        self.end();
    }

    fn end(&mut self) {
        (self.deadline, self.retransmission) = (None, None);
        self.enter(State::Terminated);
    }

    fn enter(&mut self, state: State) {
        log::trace!("client: {:?} -> {state:?}", self.state);
        self.state = state;
    }
}

#[cfg(test)]
mod tests;
