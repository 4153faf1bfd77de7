//! What goes into a [`Bridge`](super::Bridge) and what comes out, beside its commands and events.

use std::net::SocketAddr;
use std::time::Instant;

use super::{Command, Event, Heard};
use crate::Certificate;
use crate::phone::{PhoneSetup, Socket};

/// What a bridge needs to begin.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The phone's leg.
    pub phone: PhoneSetup,
    /// Our host candidates towards the browser, best first.
    pub candidates: Vec<SocketAddr>,
    /// The DTLS identity.
    pub certificate: Certificate,
    /// Entropy for first sequence numbers and timestamps.
    pub seed: u64,
}

/// What happens to a bridge.
#[derive(Debug)]
pub enum Input<'a> {
    /// A UDP datagram came to one of our host candidates.
    Browser {
        /// Its sender.
        source: SocketAddr,
        /// The host candidate it was sent to.
        destination: SocketAddr,
        /// The UDP payload.
        bytes: &'a [u8],
    },
    /// A UDP datagram came to a socket of the phone's leg.
    Phone {
        /// To this socket.
        socket: Socket,
        /// Its sender.
        source: SocketAddr,
        /// The UDP payload.
        bytes: &'a [u8],
    },
    /// The time of the last [`Output::Wake`] has come; harmless when early.
    Timeout,
    /// Its owner wants something.
    Command(Command),
}

/// What a bridge wants.
#[derive(Debug)]
pub enum Output {
    /// A datagram to the browser.
    Browser {
        /// The host candidate to send it from.
        source: SocketAddr,
        /// Its receiver.
        destination: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// A datagram to the phone.
    Phone {
        /// From this socket.
        socket: Socket,
        /// Its receiver.
        destination: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// Something for the owner.
    Event(Event),
    /// A packet for the recording, while there is one.
    Heard(Heard),
    /// As [`crate::Output::Ufrag`].
    Ufrag(String),
    /// As [`crate::Output::Validated`].
    Validated {
        /// The far end's transport address.
        address: SocketAddr,
        /// An older one that is given up for it.
        dropped: Option<SocketAddr>,
    },
    /// This address is not ours any more: its page is gone.
    Forget(SocketAddr),
    /// Call [`super::Bridge::handle`] with [`Input::Timeout`] at this time. Replaces the last one.
    Wake(Instant),
}
