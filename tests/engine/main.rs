//! The engine from outside, one module a story.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod binary;
mod operation;
mod raw_http;
