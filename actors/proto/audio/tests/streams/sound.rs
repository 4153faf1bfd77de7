//! Tones, and what is left of them.

use std::time::{Duration, Instant};

use audio::{Codec, Encoder, Packet, Rate};

pub const PTIME: Duration = Duration::from_millis(20);

/// The one place where a test reads the clock: all else counts from it.
#[expect(clippy::disallowed_methods, reason = "an Instant has no other beginning")]
pub fn start() -> Instant {
    Instant::now()
}

/// `samples` samples of a tone at an amplitude of 8000.
pub fn tone(hz: f64, rate: Rate, samples: usize) -> Vec<i16> {
    let step = hz / f64::from(rate.hz()) * std::f64::consts::TAU;
    (0..samples).map(|n| ((n as f64 * step).sin() * 8000.0) as i16).collect()
}

/// A tone as packets of 20 ms.
pub fn packets(codec: Codec, hz: f64, count: usize) -> Vec<Packet> {
    let (rate, samples) = (codec.rate(), codec.rate().samples(PTIME));
    let mut encoder = Encoder::new(codec, rate);
    let frames = tone(hz, rate, samples * count);
    let coded = frames.chunks(samples).zip(0_u64..).map(|(frame, sequence)| {
        let mut payload = Vec::new();
        encoder.encode(frame, &mut payload).expect("20 ms is a frame");
        let timestamp = (sequence as u32).wrapping_mul(codec.timestamps(PTIME)).wrapping_add(u32::MAX - 5000);
        Packet { sequence: 1000 + sequence, timestamp, marker: sequence == 0, payload }
    });
    coded.collect()
}

/// Root of the mean square.
pub fn level(pcm: &[i16]) -> f64 {
    (pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / pcm.len().max(1) as f64).sqrt()
}

/// The part of the level that lies at `hz` (Goertzel).
pub fn level_at(hz: f64, rate: Rate, pcm: &[i16]) -> f64 {
    let step = hz / f64::from(rate.hz()) * std::f64::consts::TAU;
    let (mut cosine, mut sine) = (0.0, 0.0);
    for (n, sample) in pcm.iter().enumerate() {
        cosine += f64::from(*sample) * (n as f64 * step).cos();
        sine += f64::from(*sample) * (n as f64 * step).sin();
    }
    (cosine * cosine + sine * sine).sqrt() * std::f64::consts::SQRT_2 / pcm.len().max(1) as f64
}
