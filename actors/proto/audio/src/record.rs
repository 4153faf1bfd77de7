//! Both sides of a call into one file, as bytes to append.

use std::time::Instant;

use crate::{Codec, Packet};

/// Which side of the call a packet came from; also its channel in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The left channel.
    Browser,
    /// The right channel.
    Phone,
}

/// Both sides of a call as a stereo WAV file, 16 bit PCM, aligned by arrival.
#[derive(Debug)]
pub struct Recorder {}

impl Recorder {
    /// A recording that begins at `now`. Write [`Self::header`] first.
    pub fn new(now: Instant) -> Self {
        let _ = now;
        Self {}
    }

    /// The beginning of the file: for a start as of a file of unknown length; after [`Self::finish`]
    /// with the right lengths, to be written over the first one.
    pub fn header(&self) -> [u8; 44] {
        [0; 44]
    }

    /// A packet of one side. Its codec may change from one to the next.
    pub fn push(&mut self, now: Instant, side: Side, codec: Codec, packet: Packet) {
        let _ = (now, side, codec, packet);
    }

    /// What was not said is not written until [`Self::resume`].
    pub fn pause(&mut self, now: Instant) {
        let _ = now;
    }

    /// Goes on after [`Self::pause`].
    pub fn resume(&mut self, now: Instant) {
        let _ = now;
    }

    /// Bytes to append to the file, as far as both sides are known at `now`.
    /// Call it about once a second: what is not taken is kept up to a bound.
    pub fn poll(&mut self, now: Instant) -> Vec<u8> {
        let _ = now;
        Vec::new()
    }

    /// The last bytes to append. [`Self::header`] then knows the length.
    pub fn finish(&mut self, now: Instant) -> Vec<u8> {
        let _ = now;
        Vec::new()
    }
}
