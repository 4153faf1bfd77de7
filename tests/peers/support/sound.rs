//! What a peer recorded: which tone, and where it is missing.

use std::f64::consts::TAU;
use std::path::Path;

/// A measured block, s.
const BLOCK: f64 = 0.1;

/// See the module.
pub struct Sound {
    rate: f64,
    samples: Vec<f64>,
}

impl Sound {
    /// Reads RIFF WAVE, 16 bit; of several channels the first. A recorder that still runs has sizes of 0 in the head.
    pub fn read(path: &Path) -> Sound {
        let file = std::fs::read(path).expect("a recording");
        let at = |word: &[u8]| file.windows(word.len()).position(|window| window == word);
        let Some((format, data)) = at(b"fmt ").zip(at(b"data")) else {
            return Sound { rate: 8000.0, samples: Vec::new() };
        };
        let number = |at: usize, bytes: usize| {
            file[at..at + bytes].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
        };
        let (channels, rate) = (number(format + 10, 2), number(format + 12, 4));
        let samples = file.get(data + 8..).unwrap_or_default().chunks_exact(2 * channels);
        let samples = samples.map(|sample| f64::from(i16::from_le_bytes([sample[0], sample[1]]))).collect();
        #[expect(clippy::cast_precision_loss, reason = "at most 48,000")]
        Sound { rate: rate as f64, samples }
    }

    #[expect(clippy::cast_precision_loss, reason = "minutes at most")]
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / self.rate
    }

    /// Samples of one channel.
    pub fn of(rate: u32, samples: &[f64]) -> Sound {
        Sound { rate: f64::from(rate), samples: samples.to_vec() }
    }

    /// Its last `seconds`, or all where it is shorter.
    pub fn last(mut self, seconds: f64) -> Sound {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "minutes at most")]
        let kept = (seconds * self.rate) as usize;
        self.samples.drain(..self.samples.len().saturating_sub(kept));
        self
    }

    /// Asserts that from its first sound on it is mostly `hz`.
    #[track_caller]
    pub fn is_mostly(&self, hz: u32) {
        assert!(self.mostly(hz), "{hz} Hz expected, per 0.1 s: {:.2?}", self.shares(hz));
    }

    /// Whether from its first sound on it is mostly `hz`, and that for 1 s at least.
    pub fn mostly(&self, hz: u32) -> bool {
        let shares = self.shares(hz);
        let good = shares.iter().filter(|share| **share > 0.8).count();
        good >= 10 && good * 10 > shares.len() * 7
    }

    /// The longest stretch without `hz` between the first and the last time it is heard, s.
    #[expect(clippy::cast_precision_loss, reason = "minutes at most")]
    pub fn longest_gap_s(&self, hz: u32) -> f64 {
        let shares = self.shares(hz);
        let heard: Vec<usize> = (0..shares.len()).filter(|at| shares[*at] > 0.8).collect();
        heard.windows(2).map(|pair| pair[1] - pair[0] - 1).max().unwrap_or(shares.len()) as f64 * BLOCK
    }

    /// For each block from the first sound to the last: how much of its energy lies at `hz`.
    pub fn shares(&self, hz: u32) -> Vec<f64> {
        let loud = |sample: &f64| sample.abs() > 300.0;
        let first = self.samples.iter().position(loud).unwrap_or(0);
        let last = self.samples.iter().rposition(loud).unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "thousands")]
        let length = (self.rate * BLOCK) as usize;
        let sounding = self.samples.get(first..last).unwrap_or_default();
        sounding.chunks_exact(length).map(|block| share(block, self.rate, f64::from(hz))).collect()
    }
}

/// Goertzel's algorithm.
#[expect(clippy::cast_precision_loss, reason = "a short block")]
fn share(block: &[f64], rate: f64, hz: f64) -> f64 {
    let factor = 2.0 * (TAU * hz / rate).cos();
    let (one, two) = block.iter().fold((0.0, 0.0), |(one, two), sample| (sample + factor * one - two, one));
    let power = (one * one + two * two - factor * one * two) * 2.0 / block.len() as f64;
    let energy: f64 = block.iter().map(|sample| sample * sample).sum();
    if energy > 0.0 { power / energy } else { 0.0 }
}
