//! Session descriptions (RFC 8866) as browsers write them, kept line by line:
//! what is not understood passes through byte for byte.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod policy;

pub use policy::AddressPolicy;
