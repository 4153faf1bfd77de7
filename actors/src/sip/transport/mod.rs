//! Every SIP socket, and the transactions over them. The shell of `sip::endpoint`.
//!
//! - [`SipTransport`]: the actor. What it is told and tells stands in `message`.
//! - `ways`, `sockets`, `udp`, `stream`, `tls`: what carries messages. `receive`: what comes by it.
//! - `journey`: from a [`Route`] to a hop, over [`resolve`]. `pending`: requests of ours, and the next hop when one fails.
//! - `back`: responses whose connection is gone.
//! - `watch`: ways kept alive. `destinations`, `flood`, `sources`, [`Limits`]: bounds. `trace`: the log.

mod back;
mod destinations;
mod flood;
mod journey;
mod limits;
mod message;
mod pending;
mod receive;
pub mod resolve;
mod sockets;
mod sources;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod trace;
#[expect(clippy::module_inception, reason = "the actor has the name of its place")]
mod transport;
mod udp;
mod undelivered;
mod watch;
mod ways;

pub use destinations::{Destinations, is_internet};
pub use limits::Limits;
pub use message::{
    Cancel, Cause, Dismiss, FromNetwork, FromTransport, Local, LocalAddress, Respond, Route, Send, SendAck, Unwatch,
    Watch,
};
pub use sockets::Listen;
#[cfg(test)]
pub use transport::Panic;
pub use transport::{Setup, SipTransport};
