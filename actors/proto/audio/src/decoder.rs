//! From payloads to samples.

use crate::conceal::Concealer;
use crate::g711::Law;
use crate::g722::G722Decoder;
use crate::half_band::{Down, Up};
use crate::opus::OpusDecoder;
use crate::{Codec, Error, Rate, limits};

/// The decoder of one received stream.
#[derive(Debug)]
pub struct Decoder {
    kind: Kind,
    rate: Rate,
}

#[derive(Debug)]
enum Kind {
    /// Opus gives any rate and conceals by itself.
    Opus(Box<OpusDecoder>),
    Plain {
        source: Source,
        adapt: Adapt,
        concealer: Concealer,
    },
}

/// A codec that has one rate and no concealment.
#[derive(Debug)]
enum Source {
    G711(Law),
    G722(Box<G722Decoder>),
}

/// From the codec's rate to the wanted one.
#[derive(Debug)]
enum Adapt {
    Same,
    Up(Up),
    Down(Down),
}

impl Decoder {
    /// A decoder of `codec` that gives samples at `rate`.
    pub fn new(codec: Codec, rate: Rate) -> Self {
        let source = match codec {
            Codec::Opus => return Self { kind: Kind::Opus(Box::new(OpusDecoder::new(rate))), rate },
            Codec::Pcmu => Source::G711(Law::Mu),
            Codec::Pcma => Source::G711(Law::A),
            Codec::G722 => Source::G722(Box::new(G722Decoder::new())),
        };
        let adapt = match (codec.rate(), rate) {
            (Rate::Narrow, Rate::Wide) => Adapt::Up(Up::default()),
            (Rate::Wide, Rate::Narrow) => Adapt::Down(Down::default()),
            (Rate::Narrow, Rate::Narrow) | (Rate::Wide, Rate::Wide) => Adapt::Same,
        };
        Self { kind: Kind::Plain { source, adapt, concealer: Concealer::new(rate) }, rate }
    }

    /// The codec it decodes.
    pub fn codec(&self) -> Codec {
        match &self.kind {
            Kind::Opus(_) => Codec::Opus,
            Kind::Plain { source: Source::G711(law), .. } => law.codec(),
            Kind::Plain { source: Source::G722(_), .. } => Codec::G722,
        }
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
        if payload.is_empty() || payload.len() > limits::PAYLOAD_BYTES {
            return Err(Error::Payload { codec: self.codec(), length: payload.len() });
        }
        match &mut self.kind {
            Kind::Opus(decoder) => decoder.decode(payload, pcm),
            Kind::Plain { source, adapt, concealer } => {
                let start = pcm.len();
                source.decode(payload, adapt, pcm);
                concealer.heard(pcm.get_mut(start..).unwrap_or_default());
                Ok(())
            }
        }
    }

    /// Appends `samples` samples in place of a packet that did not come, fading out when
    /// it is called again and again.
    pub fn conceal(&mut self, samples: usize, pcm: &mut Vec<i16>) {
        match &mut self.kind {
            Kind::Opus(decoder) => decoder.conceal(samples, pcm),
            Kind::Plain { concealer, .. } => concealer.conceal(samples, pcm),
        }
    }

    /// As [`Self::conceal`], with the help of the payload that follows the lost one: Opus may
    /// carry the lost frame once more (RFC 6716 2.1.7).
    pub fn recover(&mut self, next: &[u8], samples: usize, pcm: &mut Vec<i16>) {
        match &mut self.kind {
            Kind::Opus(decoder) if next.len() <= limits::PAYLOAD_BYTES => decoder.recover(next, samples, pcm),
            Kind::Opus(_) | Kind::Plain { .. } => self.conceal(samples, pcm),
        }
    }
}

impl Source {
    fn decode(&mut self, payload: &[u8], adapt: &mut Adapt, pcm: &mut Vec<i16>) {
        match adapt {
            Adapt::Same => self.native(payload, pcm),
            Adapt::Up(up) => up.run(&self.natively(payload), pcm),
            Adapt::Down(down) => down.run(&self.natively(payload), pcm),
        }
    }

    fn natively(&mut self, payload: &[u8]) -> Vec<i16> {
        let mut native = Vec::new();
        self.native(payload, &mut native);
        native
    }

    fn native(&mut self, payload: &[u8], pcm: &mut Vec<i16>) {
        match self {
            Self::G711(law) => law.decode(payload, pcm),
            Self::G722(decoder) => decoder.decode(payload, pcm),
        }
    }
}
