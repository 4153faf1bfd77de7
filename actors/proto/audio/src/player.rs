//! A received stream as steady sound.

use std::time::Instant;

use crate::noise::Noise;
use crate::{Codec, Decoder, Jitter, Packet, Played, Rate, limits};

/// Jitter buffer, decoder and concealment of one received stream.
#[derive(Debug)]
pub(crate) struct Player {
    jitter: Jitter,
    decoder: Decoder,
    noise: Noise,
    /// Decoded and not yet played.
    pcm: Vec<i16>,
}

impl Player {
    pub(crate) fn new(codec: Codec, rate: Rate, seed: u64) -> Self {
        let decoder = Decoder::new(codec, rate);
        Self { jitter: Jitter::new(codec), decoder, noise: Noise::new(seed), pcm: Vec::new() }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.decoder.codec()
    }

    pub(crate) fn push(&mut self, now: Instant, packet: Packet) {
        self.jitter.push(now, packet);
    }

    /// Appends the `samples` samples that are due at `now`; whether any of them was received or concealed.
    pub(crate) fn play(&mut self, now: Instant, samples: usize, pcm: &mut Vec<i16>) -> bool {
        while self.pcm.len() < samples && self.next(now) {}
        let heard = self.pcm.len().min(samples);
        pcm.extend(self.pcm.drain(..heard));
        self.noise.fill(samples - heard, pcm);
        heard > 0
    }

    /// Decodes or conceals one more packet; false when there is nothing to play.
    fn next(&mut self, now: Instant) -> bool {
        let played = self.jitter.pop(now);
        let lost = self.lost_samples();
        match played {
            Played::Packet(packet) => {
                if self.decoder.decode(&packet.payload, &mut self.pcm).is_err() {
                    self.decoder.conceal(lost, &mut self.pcm);
                }
            }
            Played::Lost { next: Some(next) } => self.decoder.recover(&next, lost, &mut self.pcm),
            Played::Lost { next: None } => self.decoder.conceal(lost, &mut self.pcm),
            Played::Nothing => return false,
        }
        true
    }

    /// Samples in a packet that did not come; never 0.
    fn lost_samples(&self) -> usize {
        let units = self.jitter.duration() as usize;
        let samples = units * self.decoder.rate().hz() as usize / self.codec().clock_rate() as usize;
        samples.clamp(1, self.decoder.rate().samples(limits::PAYLOAD_MAX))
    }
}
