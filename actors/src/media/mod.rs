//! Media: the worker threads that carry packets, and the handles actors hold.
//!
//! The core is the crate `media`. Packets never pass a mailbox: an actor sends a command
//! to its peer's worker and gets [`Event`]s through a [`Sink`].

mod config;
mod counters;
mod handle;
mod mux;
mod socket;
mod timers;
mod worker;

pub use ::media::{Event, Kind, Stats};
pub use config::Config;
pub use counters::{BadCount, Counters};
pub use handle::{Media, PeerHandle, PeerId, Sink};
