//! Session descriptions (RFC 8866) as browsers write them, kept line by line:
//! what is not understood passes through byte for byte.
//!
//! - [`Description`]: parse and write; a list of lines and where its `m=` sections begin.
//! - [`Section`]: a typed view of one `m=` section or of the session part.
//! - [`Candidate`]: one ICE candidate (RFC 8839 section 5.1).
//! - [`plain`]: what phones write, typed, and the rules of RFC 3264.
//! - [`AddressPolicy`]: which addresses may leave the engine.
//!
//! Nothing here knows a dialog or a transport.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod attribute;
mod candidate;
mod description;
mod error;
pub mod limits;
pub mod plain;
mod policy;
mod section;

pub use attribute::{Direction, Fingerprint, RtpMap, Setup};
pub use candidate::{Candidate, CandidateAddress, CandidateKind, TcpType, Transport};
pub use description::{Description, Origin};
pub use error::Error;
pub use policy::AddressPolicy;
pub use section::{MediaLine, Section};
