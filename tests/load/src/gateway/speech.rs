//! Sound that a codec has to work for.

use audio::{Codec, Encoder};

use crate::Result;
use crate::calls::{FRAME, Sound};

/// Before it is said again.
const SECONDS: u64 = 5;

/// Syllables: a voice's harmonics that swell four times a second, over a little noise.
///
/// Errors: of the encoder.
pub fn of(codec: Codec) -> Result<Sound> {
    let (rate, samples) = (codec.rate(), codec.rate().samples(FRAME));
    let mut encoder = Encoder::new(codec, rate);
    let mut noise = 1_u32;
    let mut frames = Vec::new();
    for frame in 0..SECONDS * 50 {
        let at = |sample| (frame as usize * samples + sample) as f64 / f64::from(rate.hz());
        let pcm: Vec<i16> = (0..samples).map(|sample| voice(at(sample), &mut noise)).collect();
        let mut payload = Vec::new();
        encoder.encode(&pcm, &mut payload).map_err(|e| e.to_string())?;
        frames.push(payload);
    }
    Ok(Sound { ticks: codec.timestamps(FRAME), frames })
}

fn voice(second: f64, noise: &mut u32) -> i16 {
    let turn = std::f64::consts::TAU * second;
    let pitch = 140.0 + 30.0 * (turn * 0.7).sin();
    let harmonics: f64 = (1..12).map(|n| (turn * pitch * f64::from(n)).sin() / f64::from(n)).sum();
    *noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    let hiss = f64::from(*noise >> 16) / 65536.0 - 0.5;
    ((turn * 4.0).sin().abs() * harmonics * 5000.0 + hiss * 300.0) as i16
}
