//! Sound in place of a lost packet, for codecs that have none of their own: the last pitch period
//! again and again, fading out (after ITU-T G.711 appendix I).

use crate::Rate;

/// Pitch that is looked for, in Hz.
const PITCH_MIN_HZ: u32 = 66;
const PITCH_MAX_HZ: u32 = 400;
/// Sound compared at each distance, in parts of a second: 10 ms.
const COMPARED: u32 = 100;
/// From full level to nothing, in milliseconds, after the first ten.
const FULL_MS: u32 = 10;
const FADE_MS: u32 = 50;
/// Between what was made up and what comes then, in milliseconds.
const BLEND_MS: u32 = 4;

#[derive(Debug)]
pub(crate) struct Concealer {
    rate: Rate,
    /// The last sound received, long enough for two periods of the lowest pitch.
    history: Vec<i16>,
    /// The period that is repeated while packets are lost, and how many samples were made of it.
    period: Vec<i16>,
    made: usize,
}

impl Concealer {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, history: Vec::new(), period: Vec::new(), made: 0 }
    }

    /// Received sound, blended with what was made up before it.
    pub(crate) fn heard(&mut self, pcm: &mut [i16]) {
        if self.made > 0 {
            let length = self.samples(BLEND_MS).min(pcm.len());
            for (n, sample) in pcm.iter_mut().take(length).enumerate() {
                let made = i32::from(self.next());
                let (new, old) = (n as i32, (length - n) as i32);
                *sample = ((i32::from(*sample) * new + made * old) / length as i32) as i16;
            }
            self.made = 0;
            self.history.clear();
        }
        let kept = self.longest() + self.compared();
        self.history.extend_from_slice(pcm);
        let over = self.history.len().saturating_sub(kept);
        self.history.drain(..over);
    }

    /// Appends `samples` samples that go on from what was heard.
    pub(crate) fn conceal(&mut self, samples: usize, pcm: &mut Vec<i16>) {
        if self.made == 0 {
            self.period = self.last_period();
        }
        pcm.extend((0..samples).map(|_| self.next()));
    }

    fn samples(&self, ms: u32) -> usize {
        (self.rate.hz() / 1000 * ms) as usize
    }

    fn longest(&self) -> usize {
        (self.rate.hz() / PITCH_MIN_HZ) as usize
    }

    fn compared(&self) -> usize {
        (self.rate.hz() / COMPARED) as usize
    }

    fn next(&mut self) -> i16 {
        let (full, fade) = (self.samples(FULL_MS), self.samples(FADE_MS));
        let gone = self.made.saturating_sub(full);
        let left = fade.saturating_sub(gone) as i32;
        let index = self.made.checked_rem(self.period.len()).unwrap_or(0);
        let sample = self.period.get(index).copied().unwrap_or(0);
        self.made += 1;
        (i32::from(sample) * left / fade as i32) as i16
    }

    /// The end of what was heard, as long as its pitch period: the distance at which it resembles itself most.
    fn last_period(&self) -> Vec<i16> {
        let (shortest, longest) = ((self.rate.hz() / PITCH_MAX_HZ) as usize, self.longest());
        let (end, compared) = (self.history.len(), self.compared());
        let Some(start) = end.checked_sub(compared) else { return Vec::new() };
        let now = self.history.get(start..).unwrap_or_default();
        let likeness = |distance: usize| {
            let then = self.history.get(start.checked_sub(distance)?..end - distance)?;
            let (mut product, mut energy) = (0.0, 1.0);
            for (now, then) in now.iter().zip(then) {
                product += f32::from(*now) * f32::from(*then);
                energy += f32::from(*then) * f32::from(*then);
            }
            Some(product / energy.sqrt())
        };
        let found = (shortest..=longest).filter_map(|distance| Some((distance, likeness(distance)?)));
        let best = found.max_by(|(_, one), (_, other)| one.total_cmp(other));
        let length = best.map_or(end.min(longest), |(distance, _)| distance);
        self.history.get(end - length..).unwrap_or_default().to_vec()
    }
}
