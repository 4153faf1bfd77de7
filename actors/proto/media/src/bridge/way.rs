//! One direction of the sound: passed on as it is, or transcoded, into one stream of numbers.

use std::time::{Duration, Instant};

use audio::{Codec, Frame, Packet, Transcoder};

use crate::forward::{Forward, Position, Source};

/// From one side's packets to the other's.
#[derive(Debug)]
pub(super) struct Way {
    /// Numbers what goes out, whoever made it.
    out: Forward,
    /// Numbers what the transcoder takes: another page is to it the same stream.
    input: Forward,
    coder: Option<Coder>,
    seed: u64,
}

#[derive(Debug)]
struct Coder {
    transcoder: Transcoder,
    /// Of its frames, towards `out`.
    ssrc: u32,
    sequence: u64,
}

impl Way {
    pub fn new(seed: u64) -> Way {
        Way { out: Forward::new(seed), input: Forward::new(!seed), coder: None, seed }
    }

    /// The place of a packet that goes on untouched; `None`: it does not.
    pub fn pass(&mut self, now: Instant, source: &Source) -> Option<Position> {
        if self.coder.take().is_some() {
            self.out.release();
        }
        self.out.map(now, source)
    }

    /// A packet that goes nowhere and leaves no gap.
    pub fn skip(&mut self, source: &Source) {
        match self.coder {
            Some(_) => self.input.skip(source),
            None => self.out.skip(source),
        }
    }

    /// A place for a frame of ours.
    pub fn fill(&mut self, now: Instant, clock_rate: u32, units: u32) -> Position {
        self.out.fill(now, clock_rate, units)
    }

    /// Takes a packet of a codec that the other side does not speak.
    pub fn transcode(
        &mut self,
        now: Instant,
        codecs: (Codec, Codec),
        ptime: Duration,
        source: &Source,
        packet: Packet,
    ) {
        let Some(position) = self.input.map(now, source) else { return };
        let Some(coder) = self.coder(codecs, ptime) else { return };
        let packet = Packet { sequence: position.sequence, timestamp: position.timestamp, ..packet };
        coder.transcoder.push(now, packet);
    }

    /// The transcoder for these codecs; one for others is replaced.
    fn coder(&mut self, (from, to): (Codec, Codec), ptime: Duration) -> Option<&mut Coder> {
        let setup = audio::Setup { from, to, ptime, seed: self.seed };
        let fits = self.coder.as_ref().is_some_and(|coder| {
            let of = coder.transcoder.setup();
            (of.from, of.to, of.ptime) == (from, to, ptime)
        });
        if !fits {
            self.seed = self.seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            self.out.release();
            self.input.release();
            let coder = |transcoder| Coder { transcoder, ssrc: (self.seed >> 32) as u32, sequence: 1 << 16 };
            self.coder = Transcoder::new(setup).ok().map(coder);
        }
        self.coder.as_mut()
    }

    /// The next transcoded frame that is due.
    pub fn pull(&mut self, now: Instant) -> Option<(Position, Frame)> {
        let coder = self.coder.as_mut()?;
        let frame = coder.transcoder.pull(now)?;
        coder.sequence += 1;
        let source = Source {
            ssrc: coder.ssrc,
            layer: None,
            sequence: coder.sequence,
            timestamp: frame.timestamp,
            clock_rate: coder.transcoder.setup().to.clock_rate(),
        };
        Some((self.out.map(now, &source)?, frame))
    }

    /// The codec that [`Self::pull`] gives.
    pub fn codec(&self) -> Option<Codec> {
        self.coder.as_ref().map(|coder| coder.transcoder.setup().to)
    }

    /// When [`Self::pull`] is wanted.
    pub fn due(&self) -> Option<Instant> {
        self.coder.as_ref()?.transcoder.due()
    }

    /// No transcoded frame is wanted any more.
    pub fn stop(&mut self) {
        if self.coder.take().is_some() {
            self.out.release();
        }
    }
}
