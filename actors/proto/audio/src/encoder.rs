//! From samples to payloads.

use crate::{Codec, Error, Rate};

/// The encoder of one sent stream.
#[derive(Debug)]
pub struct Encoder {
    codec: Codec,
    rate: Rate,
}

impl Encoder {
    /// An encoder of `codec` that takes samples at `rate`.
    pub fn new(codec: Codec, rate: Rate) -> Self {
        Self { codec, rate }
    }

    /// The codec it encodes.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The rate of the samples it takes.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// Appends one payload of all of `pcm` to `payload`.
    ///
    /// # Errors
    /// [`Error::FrameLength`] when the codec has no frame of that many samples.
    pub fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Error> {
        let _ = payload;
        Err(Error::FrameLength { codec: self.codec, samples: pcm.len(), rate_hz: self.rate.hz() })
    }
}
