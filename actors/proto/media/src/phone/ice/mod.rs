//! ICE as a lite agent does it (RFC 8445 section 2.5): it answers checks and begins none.

mod agent;
mod crc;
mod stun;
#[cfg(test)]
mod tests;

pub(super) use agent::{Agent, is_mismatch, is_usable, lines};
#[cfg(test)]
pub(super) use tests::check_of as check;
