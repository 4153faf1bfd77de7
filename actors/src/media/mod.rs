//! Media: the worker threads that carry packets, and the handles actors hold.
//!
//! The core is the crate `media`. Packets never pass a mailbox: an actor sends a command
//! to its peer's worker and gets [`Event`]s through a [`Sink`].

mod bridge;
#[cfg(test)]
mod bridge_tests;
mod config;
mod counters;
mod handle;
mod mux;
mod outbox;
mod pace;
mod peers;
mod phones;
mod ports;
mod recorder;
mod slot;
mod socket;
#[cfg(test)]
mod tests;
mod timers;
mod worker;

pub use ::media::{Event, Kind, Stats};
pub use bridge::{BridgeHandle, BridgeSetup, BridgeSink, Recording};
pub use config::{Config, interface_addresses};
pub use counters::{BadCount, Counters};
pub use handle::{Media, PEERS_PER_WORKER, PeerHandle, PeerId, Sink};
