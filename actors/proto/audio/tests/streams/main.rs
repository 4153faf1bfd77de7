//! Streams of packets in virtual time, by the public interface alone.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod jitter;
mod ogg;
mod recording;
mod sound;
mod transcoding;
