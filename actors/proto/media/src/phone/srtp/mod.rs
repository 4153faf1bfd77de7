//! SRTP and SRTCP (RFC 3711): AES-128 in counter mode with HMAC-SHA1, tags of 80 or 32 bits,
//! and AES-GCM with keys of 128 and 256 bits (RFC 7714).
//!
//! [`Pair`] holds both directions; `Outgoing` and `Incoming` are one master key each. Roll-over counters
//! and replay windows live as long as they do, so a re-INVITE that keeps a key keeps them.
//!
//! Absent: key derivation rates, AES-256 in counter mode.

mod counter;
mod gcm;
mod incoming;
mod keys;
mod outgoing;
mod pair;
mod replay;
mod session;
#[cfg(test)]
mod tests;

pub(super) use keys::Master;
pub(super) use pair::Pair;
