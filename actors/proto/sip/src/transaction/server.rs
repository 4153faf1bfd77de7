//! The server transaction of every request but INVITE and ACK (RFC 3261 figure 8).
//!
//! ```text
//!                |request came: tell the user
//!                V
//!             Trying ──────────────┐
//!                │ 1xx of the user │ 200-699 of the user: send
//!                V                 V
//!  request: ┌ Proceeding ──────► Completed ┐ request: send again
//!  1xx again└─►  │    200-699      │  ▲────┘
//!                │ transport error │ Timer J, transport error
//!                V                 V
//!              Terminated ◄────────┘
//! ```
//!
//! A user that never answers leaves nothing behind: when the client gives up (its Timer F), so does the transaction.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::timers;
use crate::message::{Request, Response};

/// What a server transaction wants done.
#[derive(Clone, Debug)]
pub enum ServerOutput {
    /// Send these bytes to where the request came from.
    Send(Arc<[u8]>),
    /// The ACK of a 2xx.
    Ack(Box<Request>),
    /// The final response was never acknowledged.
    Timeout,
    /// A response could not be sent.
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
pub struct Server {
    state: State,
    request: Request,
    last: Option<Arc<[u8]>>,
    is_reliable: bool,
    deadline: Option<Instant>,
    outputs: VecDeque<ServerOutput>,
}

impl Server {
    /// For `request`, which came over a transport that is reliable or not. The user knows of it already.
    pub fn new(now: Instant, request: Request, is_reliable: bool) -> Server {
        let deadline = Some(now + timers::F);
        Server { state: State::Trying, request, last: None, is_reliable, deadline, outputs: VecDeque::new() }
    }

    /// Whether the client has heard anything.
    pub fn has_responded(&self) -> bool {
        self.last.is_some()
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The request once more.
    pub fn on_retransmission(&mut self) {
        match self.state {
            State::Proceeding | State::Completed => self.outputs.extend(self.last.clone().map(ServerOutput::Send)),
            State::Trying | State::Terminated => {}
        }
    }

    /// A response of the user; after a final one none is sent.
    pub fn respond(&mut self, now: Instant, response: &Response) {
        match self.state {
            State::Trying | State::Proceeding => {
                let bytes: Arc<[u8]> = response.to_bytes().into();
                self.last = Some(bytes.clone());
                self.outputs.push_back(ServerOutput::Send(bytes));
            }
            State::Completed | State::Terminated => return,
        }
        if response.status().is_provisional() {
            return self.enter(State::Proceeding);
        }
        self.deadline = Some(if self.is_reliable { now } else { now + timers::J });
        self.enter(State::Completed);
        self.on_wake(now);
    }

    /// What was sent could not be.
    pub fn on_transport_error(&mut self) {
        match self.state {
            State::Proceeding | State::Completed => {
                self.outputs.push_back(ServerOutput::TransportFailed);
                self.end();
            }
            State::Trying | State::Terminated => {}
        }
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.end();
        }
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<ServerOutput> {
        self.outputs.pop_front()
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether it is over.
    pub fn is_terminated(&self) -> bool {
        self.state == State::Terminated
    }

    fn end(&mut self) {
        self.deadline = None;
        self.enter(State::Terminated);
    }

    fn enter(&mut self, state: State) {
        log::trace!("server: {:?} -> {state:?}", self.state);
        self.state = state;
    }
}

#[cfg(test)]
mod tests;
