//! Sound as phones and browsers code it: G.711, G.722 and Opus, between which calls are
//! transcoded.
//!
//! Nothing here knows a packet's address, a call or a clock.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
