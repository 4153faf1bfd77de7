//! A sine tone in a WAV file, for a microphone that hears it.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

const RATE: u32 = 48_000;
const SECONDS: u32 = 4;
const LOUDNESS: f64 = 12_000.0;

/// A file that goes when this does.
pub struct Tone {
    pub hz: u32,
    path: PathBuf,
}

impl Tone {
    /// A whole number of periods, so that the loop has no click.
    pub fn new(hz: u32) -> Tone {
        let path = env::temp_dir().join(format!("tone-{}-{hz}-{}.wav", process::id(), unique()));
        fs::write(&path, wav(hz)).expect("a writable temporary folder");
        Tone { hz, path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Tone {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

/// Unique among the tests of this process.
fn unique() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Mono, 16 bit (RIFF WAVE, PCM).
fn wav(hz: u32) -> Vec<u8> {
    let samples = RATE * SECONDS;
    let data = samples * 2;
    let mut file = Vec::with_capacity(44 + data as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + data).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    for (number, bytes) in [(16, 4), (1, 2), (1, 2), (RATE, 4), (RATE * 2, 4), (2, 2), (16, 2)] {
        file.extend_from_slice(&u32::to_le_bytes(number)[..bytes]);
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data.to_le_bytes());
    for sample in 0..samples {
        let value = LOUDNESS * (TAU * f64::from(hz) * f64::from(sample) / f64::from(RATE)).sin();
        #[expect(clippy::cast_possible_truncation, reason = "within 12,000")]
        file.extend_from_slice(&(value as i16).to_le_bytes());
    }
    file
}
