//! Calls between two networks as pure state machines: what one side says, said
//! to the other in its own words.
//!
//! - [`peer`]: a browser calls a browser; media goes peer to peer.
//! - [`echo`]: a browser calls the engine itself.
//! - [`sip`]: a browser calls a phone, or is called by one; media goes through a bridge.
//!
//! Every core has two verbs: `handle(now, Input)`, then `poll() -> Option<Output>`
//! until `None`. Nothing here knows a socket, a clock or an actor.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod echo;
mod leg;
pub mod peer;
mod screen;
pub mod sip;
mod timing;

pub use sdp::AddressPolicy;
pub use timing::Timing;
