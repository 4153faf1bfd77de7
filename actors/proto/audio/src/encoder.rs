//! From samples to payloads.

use crate::g711::Law;
use crate::g722::G722Encoder;
use crate::half_band::{Down, Up};
use crate::opus::OpusEncoder;
use crate::{Codec, Error, Rate, limits};

/// The encoder of one sent stream.
#[derive(Debug)]
pub struct Encoder {
    kind: Kind,
    rate: Rate,
}

#[derive(Debug)]
enum Kind {
    Opus(Box<OpusEncoder>),
    /// `down` takes wide samples to the rate of G.711.
    G711 {
        law: Law,
        down: Down,
    },
    /// `up` takes narrow samples to the rate of G.722.
    G722 {
        encoder: Box<G722Encoder>,
        up: Up,
    },
}

impl Encoder {
    /// An encoder of `codec` that takes samples at `rate`.
    pub fn new(codec: Codec, rate: Rate) -> Self {
        let kind = match codec {
            Codec::Opus => Kind::Opus(Box::new(OpusEncoder::new(rate))),
            Codec::Pcmu => Kind::G711 { law: Law::Mu, down: Down::default() },
            Codec::Pcma => Kind::G711 { law: Law::A, down: Down::default() },
            Codec::G722 => Kind::G722 { encoder: Box::new(G722Encoder::new()), up: Up::default() },
        };
        Self { kind, rate }
    }

    /// The codec it encodes.
    pub fn codec(&self) -> Codec {
        match &self.kind {
            Kind::Opus(_) => Codec::Opus,
            Kind::G711 { law, .. } => law.codec(),
            Kind::G722 { .. } => Codec::G722,
        }
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
        let refused = Error::FrameLength { codec: self.codec(), samples: pcm.len(), rate_hz: self.rate.hz() };
        let odd = self.rate == Rate::Wide && !pcm.len().is_multiple_of(2);
        if pcm.is_empty() || odd || pcm.len() > self.rate.samples(limits::PAYLOAD_MAX) {
            return Err(refused);
        }
        match (&mut self.kind, self.rate) {
            (Kind::Opus(encoder), _) => return encoder.encode(pcm, payload),
            (Kind::G711 { law, .. }, Rate::Narrow) => law.encode(pcm, payload),
            (Kind::G711 { law, down }, Rate::Wide) => {
                let mut narrow = Vec::with_capacity(pcm.len() / 2);
                down.run(pcm, &mut narrow);
                law.encode(&narrow, payload);
            }
            (Kind::G722 { encoder, .. }, Rate::Wide) => encoder.encode(pcm.as_chunks().0, payload),
            (Kind::G722 { encoder, up }, Rate::Narrow) => {
                let mut wide = Vec::with_capacity(pcm.len() * 2);
                up.run(pcm, &mut wide);
                encoder.encode(wide.as_chunks().0, payload);
            }
        }
        Ok(())
    }
}
