//! A browser and a peer in virtual time: no socket, no sleep, one seed.

#![allow(clippy::disallowed_methods, reason = "virtual time needs an origin")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod echo;
mod hostile;
mod negotiation;
mod support;
