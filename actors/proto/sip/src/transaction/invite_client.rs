//! The INVITE client transaction (RFC 3261 figure 5, RFC 6026 figure 5).
//!
//! ```text
//!               |INVITE sent
//!   Timer A     V                 Timer B or transport error: tell the user
//!   ┌────── Calling ─────────────────────────────────────┐
//!   └─ send    │ │ │ 2xx                                 │
//!      again   │ │ └──────────────────────────┐          │
//!         1xx  │ │ 300-699: ACK               │          │
//!              V │                     2xx    V          │
//!     1xx ┌ Proceeding ───────────────────► Accepted ┐   │
//!         └─►  │ │                            │   ▲─┘2xx │
//!      300-699 │ │                            │ Timer M  │
//!         ACK  V V                            V          V
//!   300-699 ┌ Completed ──Timer D──────────► Terminated ◄┘
//!    ACK    └─► │  transport error ───────────▲
//! ```
//!
//! Proceeding waits for Timer C after each 1xx, and once a CANCEL is sent for 64 T1 (section 9.1): no peer keeps a
//! transaction for ever.
//! The ACK of a 2xx is not of this transaction: the dialog sends it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::client::ClientOutput;
use super::timers::{self, Retransmission, earlier};
use crate::message::{CSeq, Method, Request, Response, name};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    Accepted,
    Completed,
    Terminated,
}

/// See the module.
#[derive(Debug)]
pub struct InviteClient {
    state: State,
    /// What its ACK and its CANCEL repeat.
    request: Request,
    /// To be sent again; nothing once an answer came, for an accepted call keeps this for 32 s.
    bytes: Arc<[u8]>,
    /// Of the last response above 299.
    ack: Option<Arc<[u8]>>,
    is_reliable: bool,
    is_cancelled: bool,
    retransmission: Option<Retransmission>,
    deadline: Option<Instant>,
    outputs: VecDeque<ClientOutput>,
}

impl InviteClient {
    /// Sends `request`, an INVITE with its Via, over a transport that is reliable or not.
    pub fn new(now: Instant, request: &Request, is_reliable: bool) -> InviteClient {
        let bytes: Arc<[u8]> = request.to_bytes().into();
        InviteClient {
            state: State::Calling,
            request: companion(request, Method::Invite),
            outputs: VecDeque::from([ClientOutput::Send(bytes.clone())]),
            bytes,
            ack: None,
            is_reliable,
            is_cancelled: false,
            retransmission: (!is_reliable).then(|| Retransmission::new(now, timers::A, timers::B)),
            deadline: Some(now + timers::B),
        }
    }

    /// What a CANCEL repeats of the INVITE that was sent.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether a CANCEL may be sent now: something came, but nothing final (section 9.1).
    pub fn may_cancel(&self) -> bool {
        self.state == State::Proceeding
    }

    /// Whether a final response came.
    pub fn is_final(&self) -> bool {
        matches!(self.state, State::Accepted | State::Completed | State::Terminated)
    }

    /// A response with this transaction's key.
    pub fn on_response(&mut self, now: Instant, response: Response) {
        let status = response.status();
        match self.state {
            State::Calling | State::Proceeding if status.is_provisional() => {
                let deadline = if self.is_cancelled { self.deadline } else { Some(now + timers::C) };
                self.enter(State::Proceeding, deadline);
                self.tell(response);
            }
            State::Calling | State::Proceeding if status.is_success() => {
                self.enter(State::Accepted, Some(now + timers::M));
                self.tell(response);
            }
            State::Calling | State::Proceeding => self.complete(now, response),
            State::Accepted if status.is_success() => self.tell(response),
            State::Completed if status.is_failure() => {
                self.outputs.extend(self.ack.clone().map(ClientOutput::Send));
            }
            State::Accepted | State::Completed | State::Terminated => {}
        }
    }

    fn complete(&mut self, now: Instant, response: Response) {
        let ack: Arc<[u8]> = acknowledge(&self.request, &response).to_bytes().into();
        self.ack = Some(ack.clone());
        self.outputs.push_back(ClientOutput::Send(ack));
        self.tell(response);
        let deadline = if self.is_reliable { now } else { now + timers::D };
        self.enter(State::Completed, Some(deadline));
        self.on_wake(now);
    }

    /// Its CANCEL is sent: without a final response in 64 T1 it is over all the same (section 9.1).
    pub fn on_cancelled(&mut self, now: Instant) {
        if self.state == State::Proceeding {
            (self.is_cancelled, self.deadline) = (true, Some(now + timers::B));
        }
    }

    /// What was sent could not be.
    pub fn on_transport_error(&mut self) {
        match self.state {
            State::Calling | State::Proceeding | State::Completed => {
                self.outputs.push_back(ClientOutput::TransportFailed);
                self.enter(State::Terminated, None);
            }
            // An ACK or a CANCEL of somebody else.
            State::Accepted | State::Terminated => {}
        }
    }

    /// It is `now`.
    pub fn on_wake(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            if self.state == State::Proceeding && !self.is_cancelled {
                let cancel = cancel(&self.request).to_bytes();
                self.outputs.push_back(ClientOutput::Send(cancel.into()));
            }
            if matches!(self.state, State::Calling | State::Proceeding) {
                self.outputs.push_back(ClientOutput::Timeout);
            }
            return self.enter(State::Terminated, None);
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

    fn tell(&mut self, response: Response) {
        self.outputs.push_back(ClientOutput::Response(Box::new(response)));
    }

    fn enter(&mut self, state: State, deadline: Option<Instant>) {
        log::trace!("INVITE client: {:?} -> {state:?}", self.state);
        (self.state, self.deadline) = (state, deadline);
        if state != State::Calling {
            self.retransmission = None;
            self.bytes = Arc::default();
        }
    }
}

/// The ACK of a response above 299 (section 17.1.1.3).
fn acknowledge(invite: &Request, response: &Response) -> Request {
    let mut ack = companion(invite, Method::Ack);
    ack.headers.remove(&name::TO);
    ack.headers.copy(&name::TO, &response.headers);
    ack
}

/// The CANCEL of an INVITE (section 9.1). It may be sent once a provisional response came.
pub fn cancel(invite: &Request) -> Request {
    companion(invite, Method::Cancel)
}

/// A request with the INVITE's own Request-URI, top Via, Route, From, To, Call-ID and CSeq number.
fn companion(invite: &Request, method: Method) -> Request {
    let mut request = Request::new(method.clone(), invite.uri().clone());
    if let Ok(via) = invite.headers.via() {
        request.headers.push(name::VIA, via);
    }
    request.headers.push(name::MAX_FORWARDS, 70);
    for name in [name::ROUTE, name::FROM, name::TO, name::CALL_ID] {
        request.headers.copy(&name, &invite.headers);
    }
    if let Ok(CSeq { number, .. }) = invite.cseq() {
        request.headers.push(name::CSEQ, CSeq { number, method });
    }
    request
}

#[cfg(test)]
mod tests;
