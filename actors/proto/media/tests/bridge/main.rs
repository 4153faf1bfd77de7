//! A browser, a bridge and a phone in virtual time.

#![allow(clippy::disallowed_methods, reason = "virtual time needs an origin")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod hostile;
mod recording;
mod sound;
mod support;
mod video;
