//! The engine from outside, one module a story.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod bad_input;
mod binary;
mod calls;
mod demo_phones;
mod draining;
mod operation;
mod page;
mod provisioning;
mod raw_http;
mod resume;
mod server;
