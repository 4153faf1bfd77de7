//! SRTP and SRTCP (RFC 3711): AES-128 counter mode with HMAC-SHA1, tags of 80 or 32 bits.
//!
//! [`Pair`] holds both directions; `Outgoing` and `Incoming` are one master key each. Roll-over counters
//! and replay windows live as long as they do, so a re-INVITE that keeps a key keeps them.
//!
//! Absent: key derivation rates, AES-GCM (RFC 7714).

mod incoming;
mod keys;
mod outgoing;
mod pair;
mod replay;
#[cfg(test)]
mod tests;

use incoming::Incoming;
pub(super) use keys::Master;
use outgoing::Outgoing;
pub(super) use pair::Pair;
