//! What a fuzzer feeds with bytes from anyone, one function an entry: it panics where the engine would do wrong.
//!
//! The programs of `targets/` run them under libFuzzer; the tests run them over what it has found worth keeping.

#![allow(clippy::expect_used, clippy::panic, reason = "a finding is a panic")]
#![allow(clippy::disallowed_methods, reason = "an Instant has no other beginning")]

pub mod address;
pub mod candidate;
pub mod digest;
pub mod envelope;
pub mod phone;
pub mod sdp;
pub mod sdp_plain;
pub mod sip_call;
pub mod sip_datagram;
mod sip_headers;
mod sip_peer;
pub mod sip_stream;
pub mod sound;
mod stun_check;
