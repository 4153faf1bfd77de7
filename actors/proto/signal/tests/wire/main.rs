//! The wire, from the outside: recorded frames, the published schema, and random ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bad_frames_are_refused;
mod good_transcripts_parse;
mod random_frames;
mod random_messages;
mod schema_is_published;
mod vectors;
