//! Streams of packets in virtual time, by the public interface alone.

mod jitter;
mod recording;
mod sound;
mod transcoding;
