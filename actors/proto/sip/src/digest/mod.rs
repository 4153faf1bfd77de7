//! Digest authentication (RFC 7616, in SIP as RFC 8760 and RFC 3261 section 22 use it).
//!
//! - [`Credentials`]: who we are, in which realm, and to whom alone this may be told.
//! - [`Client`]: answers challenges, and signs later requests with the nonce it has.
//! - [`verify`]: the other side's half, for tests and for peers that sign in to us.
//!
//! MD5, SHA-256 and SHA-512-256, each with `-sess`; no qop, `auth`, and, where nothing else is offered, `auth-int`,
//! whose body proxies may change; `userhash`.

mod algorithm;
mod client;
mod verify;

pub use algorithm::{Algorithm, Qop};
pub use client::{Client, Credentials, Realm, Refusal};
pub use verify::{verify, verify_with_body};
