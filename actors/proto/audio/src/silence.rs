//! What is sent while nobody speaks.

use std::time::Duration;

use crate::noise::Noise;
use crate::{Codec, Encoder, Error, Rate, limits};

/// An endless stream of very low noise in one codec: what a phone hears while the browser is
/// away. Digital silence would be taken for a dead line.
#[derive(Debug)]
pub struct Silence {
    encoder: Encoder,
    ptime: Duration,
    noise: Noise,
    pcm: Vec<i16>,
}

impl Silence {
    /// Noise chosen by `seed`, in packets of `ptime`.
    ///
    /// # Errors
    /// [`Error::PacketTime`].
    pub fn new(codec: Codec, ptime: Duration, seed: u64) -> Result<Self, Error> {
        let ptime = limits::checked_ptime(ptime)?;
        Ok(Self { encoder: Encoder::new(codec, Rate::Narrow), ptime, noise: Noise::new(seed), pcm: Vec::new() })
    }

    /// RTP timestamp units each frame lasts.
    pub fn timestamps(&self) -> u32 {
        self.encoder.codec().timestamps(self.ptime)
    }

    /// The next payload.
    pub fn frame(&mut self) -> Vec<u8> {
        self.pcm.clear();
        self.noise.fill(Rate::Narrow.samples(self.ptime), &mut self.pcm);
        let mut payload = Vec::new();
        // Every packet time that was checked is a frame of every codec.
        let _ = self.encoder.encode(&self.pcm, &mut payload);
        payload
    }
}
