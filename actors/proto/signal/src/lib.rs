//! The RTC:engine browser protocol as types: addresses, the envelope, and the
//! bodies of the modules `session`, `account`, `call` and `conference`.
//!
//! Pure data: parse, check, write. Nothing here knows a socket, a clock or an
//! actor. The wire is described by the JSON Schema that [`schema`] generates
//! from these types.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod account;
pub mod address;
pub mod call;
pub mod check;
pub mod conference;
pub mod envelope;
pub mod error;
pub mod ids;
pub mod limits;
pub mod message;
mod messages;
pub mod read;
pub mod reason;
pub mod schema;
pub mod session;

pub use address::{Address, Connector, To};
pub use envelope::{Incoming, Outgoing};
pub use error::{Code, Error};
pub use ids::{AccountId, CallId, ClientId, Gcid, ParticipantId, SessionId};
pub use message::Message;
pub use reason::EndReason;
