//! [`Action`]: what a usage wants done.

use std::time::Instant;

use crate::message::{MediaType, NameAddr, Request, Response};
use crate::transaction::ServerKey;
use crate::transaction::timers::{self, Retransmission};

/// What is to be done, in order. `E` is what the user learns.
#[derive(Clone, Debug)]
pub enum Action<E> {
    /// Send in a transaction of its own, after adding Via and credentials.
    Send(Box<Request>),
    /// Send without a transaction, after adding a Via with a new branch, and the INVITE's credentials.
    Ack(Box<Request>),
    /// Send the CANCEL of the INVITE that is under way.
    Cancel,
    /// Answer a request.
    Respond {
        /// Which.
        key: ServerKey,
        /// How.
        response: Box<Response>,
    },
    /// Tell the user.
    Event(E),
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// We said so.
    Local,
    /// The other side's BYE.
    Remote,
    /// The other side no longer knows the dialog, or does not answer: 481, 408 (RFC 3261 section 12.2.1.2).
    Gone,
    /// Nobody refreshed the session (RFC 4028 section 10).
    Expired,
    /// A 2xx of ours was never acknowledged (RFC 3261 section 13.3.1.4).
    NoAck,
}

/// Puts a session description into a request.
pub(crate) fn describe(request: &mut Request, description: Option<Vec<u8>>) {
    if let Some(description) = description {
        request.set_body(&MediaType::sdp(), description);
    }
}

/// A 2xx to an INVITE, repeated until its ACK comes (section 13.3.1.4).
#[derive(Clone, Debug)]
pub(crate) struct Unacknowledged {
    pub key: ServerKey,
    pub response: Response,
    /// CSeq of the INVITE, and so of the ACK.
    pub number: u32,
    retransmission: Retransmission,
    deadline: Instant,
}

/// What an [`Unacknowledged`] wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Nothing,
    Repeat,
    GiveUp,
}

impl Unacknowledged {
    pub fn new(now: Instant, key: ServerKey, response: Response, number: u32) -> Unacknowledged {
        let retransmission = Retransmission::new(now, timers::T1, timers::T2);
        Unacknowledged { key, response, number, retransmission, deadline: now + timers::H }
    }

    pub fn on_wake(&mut self, now: Instant) -> Wanted {
        match () {
            () if self.deadline <= now => Wanted::GiveUp,
            () if self.retransmission.is_due(now) => Wanted::Repeat,
            () => Wanted::Nothing,
        }
    }

    pub fn wake(&self) -> Instant {
        self.deadline.min(self.retransmission.at())
    }

    pub fn repeat<E>(&self) -> Action<E> {
        Action::Respond { key: self.key.clone(), response: Box::new(self.response.clone()) }
    }
}

/// A response to `request` that makes or keeps a dialog: tagged, with our Contact and what else each carries.
pub(crate) fn answer(
    request: &Request,
    status: crate::message::Status,
    tag: &str,
    contact: &NameAddr,
    extra: &crate::message::Headers,
) -> Response {
    let mut response = request.response(status, Some(tag));
    response.headers.push(crate::message::name::CONTACT, contact);
    for header in extra.iter() {
        response.headers.push(header.name().clone(), header.text());
    }
    response
}
