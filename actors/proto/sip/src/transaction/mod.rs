//! Transactions (RFC 3261 section 17, with RFC 6026's Accepted state): four machines, a file each,
//! and the [`Layer`] that holds them.
//!
//! A machine knows one exchange. It is told what came (`on_…`) and what time it is (`on_wake`), and
//! gives what is to be sent and told to the user by `poll`, until `None`; `wake` is when it wants to be woken.

pub mod client;
pub mod invite_client;
pub mod invite_server;
pub mod key;
mod layer;
mod room;
#[cfg(test)]
pub(crate) mod samples;
pub mod server;
pub mod timers;

pub use client::{Client, ClientOutput};
pub use invite_client::{InviteClient, cancel};
pub use invite_server::InviteServer;
pub use key::{ClientKey, ServerKey};
pub use layer::{Event, Full, Id, Layer, Output};
pub use room::Room;
pub use server::{Server, ServerOutput};
