//! Between 8 and 16 kHz, by a half-band filter of 47 taps: flat to 3.4 kHz, -60 dB from 4.6 kHz.

use crate::sample::saturated;

/// The taps at odd distances from the middle, in 1/32768: a sinc in a Kaiser window (beta 5.65).
/// All others are 0, the middle one is a half.
const TAPS: [i32; 12] = [10_389, -3341, 1866, -1194, 799, -539, 357, -230, 141, -79, 40, -17];

/// Samples that one sum of odd taps spans.
const SPAN: usize = 2 * TAPS.len();

/// The last samples of a stream.
type History = [i16; SPAN];

/// The sum of odd taps around the middle of `window`.
fn odd_taps(window: &[i16]) -> i32 {
    let (older, newer) = window.split_at(window.len() / 2);
    let pairs = older.iter().rev().zip(newer);
    pairs.zip(TAPS).map(|((older, newer), tap)| tap * (i32::from(*older) + i32::from(*newer))).sum()
}

/// The stream that `history` and then `pcm` make.
fn joined(history: &mut History, pcm: &[i16]) -> Vec<i16> {
    let stream: Vec<i16> = history.iter().chain(pcm).copied().collect();
    for (kept, last) in history.iter_mut().rev().zip(stream.iter().rev()) {
        *kept = *last;
    }
    stream
}

/// From 8 to 16 kHz.
#[derive(Debug, Default)]
pub(crate) struct Up {
    history: History,
}

impl Up {
    /// Appends two samples for each one.
    pub(crate) fn run(&mut self, pcm: &[i16], wide: &mut Vec<i16>) {
        let stream = joined(&mut self.history, pcm);
        for window in stream.windows(SPAN).take(pcm.len()) {
            // The middle tap gives the sample itself, the odd ones what lies between two.
            wide.extend(window.get(SPAN / 2 - 1));
            wide.push(saturated((odd_taps(window) + (1 << 13)) >> 14));
        }
    }
}

/// From 16 to 8 kHz.
#[derive(Debug, Default)]
pub(crate) struct Down {
    even: History,
    odd: History,
    /// A sample whose other half has not come.
    left: Option<i16>,
}

impl Down {
    /// Appends one sample for each two.
    pub(crate) fn run(&mut self, pcm: &[i16], narrow: &mut Vec<i16>) {
        let all: Vec<i16> = self.left.take().into_iter().chain(pcm.iter().copied()).collect();
        let (pairs, left) = all.as_chunks::<2>();
        self.left = left.first().copied();
        let even: Vec<i16> = pairs.iter().map(|[even, _]| *even).collect();
        let odd: Vec<i16> = pairs.iter().map(|[_, odd]| *odd).collect();
        let even = joined(&mut self.even, &even);
        let odd = joined(&mut self.odd, &odd);
        let windows = odd.windows(SPAN).take(pairs.len());
        // An odd sample lies half-way between the even ones of its pair and the next.
        for (window, middle) in windows.zip(even.iter().skip(SPAN / 2)) {
            narrow.push(saturated((odd_taps(window) + (i32::from(*middle) << 14) + (1 << 14)) >> 15));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: f64, samples: usize) -> Vec<i16> {
        (0..samples).map(|n| ((n as f64 * hz / rate * std::f64::consts::TAU).sin() * 10_000.0) as i16).collect()
    }

    fn rms(pcm: &[i16]) -> f64 {
        (pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
    }

    #[test]
    fn speech_passes_both_ways_at_its_level_and_what_folds_does_not() {
        for hz in [300.0, 1000.0, 3000.0] {
            let (mut up, mut narrow) = (Vec::new(), Vec::new());
            let mut filter = Up::default();
            tone(hz, 8000.0, 8000).chunks(160).for_each(|part| filter.run(part, &mut up));
            let clean = tone(hz, 16_000.0, 16_000);
            assert!((rms(&up[200..]) / rms(&clean) - 1.0).abs() < 0.01, "{hz} Hz up");
            let mut filter = Down::default();
            up.chunks(77).for_each(|part| filter.run(part, &mut narrow));
            assert_eq!(narrow.len(), 8000);
            assert!((rms(&narrow[200..]) / rms(&clean) - 1.0).abs() < 0.01, "{hz} Hz down");
        }
        let mut folded = Vec::new();
        Down::default().run(&tone(5000.0, 16_000.0, 16_000), &mut folded);
        assert!(rms(&folded[200..]) < 10.0);
    }

    #[test]
    fn a_tone_that_went_up_has_no_image() {
        let mut up = Vec::new();
        Up::default().run(&tone(1000.0, 8000.0, 8000), &mut up);
        let (delayed, clean) = (&up[2000..10_000], tone(1000.0, 16_000.0, 10_000));
        // 16 samples a period: the delay is found by trying each.
        let off = (0..16).map(|shift| {
            let wrong: Vec<i16> = delayed.iter().zip(&clean[shift..]).map(|(a, b)| a.saturating_sub(*b)).collect();
            rms(&wrong) as u32
        });
        assert!(off.min() < Some(20));
    }
}
