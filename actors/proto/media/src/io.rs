//! What goes into a peer and what comes out.

use std::net::SocketAddr;
use std::time::Instant;

use crate::{Certificate, Event};

/// What a peer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sends back what it receives, and reports key presses.
    Echo,
}

/// What a peer needs to begin.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What it is for.
    pub kind: Kind,
    /// Our host candidates, best first: the addresses datagrams will name as destination.
    pub candidates: Vec<SocketAddr>,
    /// The DTLS identity.
    pub certificate: Certificate,
    /// Entropy for first sequence numbers and timestamps.
    pub seed: u64,
}

/// What happens to a peer.
#[derive(Debug)]
pub enum Input<'a> {
    /// A UDP datagram came in.
    Datagram {
        /// Its sender.
        source: SocketAddr,
        /// The host candidate it was sent to.
        destination: SocketAddr,
        /// The UDP payload.
        bytes: &'a [u8],
    },
    /// The time of the last [`Output::Wake`] has come; harmless when early.
    Timeout,
    /// Its owner wants something.
    Command(Command),
}

/// What the owner wants.
#[derive(Debug)]
pub enum Command {
    /// An offer or re-offer; [`Event::Answer`], [`Event::Refused`] or [`Event::Failed`] follows.
    Offer(String),
    /// BYE, close_notify and the end. No event follows.
    Close,
}

/// What a peer wants.
#[derive(Debug)]
pub enum Output {
    /// A datagram to send.
    Transmit {
        /// The host candidate to send it from.
        source: SocketAddr,
        /// Its receiver.
        destination: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// Something for the owner.
    Event(Event),
    /// Connectivity checks for this user name fragment are ours from now on, beside those of
    /// fragments told before.
    Ufrag(String),
    /// This address has authenticated itself: its datagrams are ours from now on.
    Validated {
        /// The far end's transport address.
        address: SocketAddr,
        /// An older one that is given up for it.
        dropped: Option<SocketAddr>,
    },
    /// Call [`crate::Peer::handle`] with [`Input::Timeout`] at this time. Replaces the last one.
    Wake(Instant),
}
