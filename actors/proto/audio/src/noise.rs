//! Very low noise.

/// Greatest sample: about -65 dB below full scale, above the first step of G.711.
const PEAK: i32 = 32;

/// White noise chosen by a seed (xorshift64, Marsaglia 2003).
#[derive(Debug, Clone)]
pub(crate) struct Noise {
    state: u64,
}

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero is the one state that xorshift never leaves; the multiplication spreads small seeds.
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Appends `samples` samples.
    pub(crate) fn fill(&mut self, samples: usize, pcm: &mut Vec<i16>) {
        pcm.extend((0..samples).map(|_| self.sample()));
    }

    fn sample(&mut self) -> i16 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let fraction = (self.state >> 40) as i32 % (2 * PEAK + 1);
        (fraction - PEAK) as i16
    }
}
