//! Both sides of a call into one file, as bytes to append.

use std::time::{Duration, Instant};

use crate::player::Player;
use crate::{Codec, Packet, Rate, limits};

/// Both channels are written at this rate, whatever the codecs.
const RATE: Rate = Rate::Wide;
/// Sound that is played at once.
const TICK: Duration = Duration::from_millis(20);
/// Channels of 2 bytes.
const CHANNELS: u16 = 2;
const SAMPLE_BYTES: u16 = 2;
/// Bytes of [`Recorder::header`].
const HEADER: usize = 44;

/// Which side of the call a packet came from; also its channel in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The left channel.
    Browser,
    /// The right channel.
    Phone,
}

/// Both sides of a call as a stereo WAV file, 16 bit PCM at 16 kHz, aligned by arrival.
#[derive(Debug)]
pub struct Recorder {
    browser: Option<Player>,
    phone: Option<Player>,
    /// When the next tick is played; `None` while paused.
    next: Option<Instant>,
    /// Written and not taken.
    bytes: Vec<u8>,
    /// Bytes of sound written in all.
    written: u64,
    finished: bool,
}

impl Recorder {
    /// A recording that begins at `now`. Write [`Self::header`] first.
    pub fn new(now: Instant) -> Self {
        Self { browser: None, phone: None, next: Some(now), bytes: Vec::new(), written: 0, finished: false }
    }

    /// The beginning of the file: for a start as of a file of unknown length; after [`Self::finish`]
    /// with the right lengths, to be written over the first one.
    pub fn header(&self) -> [u8; 44] {
        // The lengths have 32 bits; all ones say "to the end of the file".
        let data = match self.finished {
            true => u32::try_from(self.written).unwrap_or(u32::MAX),
            false => u32::MAX,
        };
        let frame = CHANNELS * SAMPLE_BYTES;
        let fields: [&[u8]; 13] = [
            b"RIFF",
            &data.saturating_add(HEADER as u32 - 8).to_le_bytes(),
            b"WAVE",
            b"fmt ",
            &16_u32.to_le_bytes(),
            &1_u16.to_le_bytes(),
            &CHANNELS.to_le_bytes(),
            &RATE.hz().to_le_bytes(),
            &(RATE.hz() * u32::from(frame)).to_le_bytes(),
            &frame.to_le_bytes(),
            &(8 * SAMPLE_BYTES).to_le_bytes(),
            b"data",
            &data.to_le_bytes(),
        ];
        let mut header = [0; HEADER];
        for (at, byte) in header.iter_mut().zip(fields.concat()) {
            *at = byte;
        }
        header
    }

    /// A packet of one side. Its codec may change from one to the next.
    pub fn push(&mut self, now: Instant, side: Side, codec: Codec, packet: Packet) {
        self.play(now);
        if self.next.is_none() {
            return;
        }
        let player = match side {
            Side::Browser => &mut self.browser,
            Side::Phone => &mut self.phone,
        };
        player.take_if(|player| player.codec() != codec);
        player.get_or_insert_with(|| Player::new(codec, RATE, side as u64)).push(now, packet);
    }

    /// What was not said is not written until [`Self::resume`].
    pub fn pause(&mut self, now: Instant) {
        self.play(now);
        (self.next, self.browser, self.phone) = (None, None, None);
    }

    /// Goes on after [`Self::pause`].
    pub fn resume(&mut self, now: Instant) {
        if !self.finished {
            self.next.get_or_insert(now);
        }
    }

    /// Bytes to append to the file, as far as both sides are known at `now`.
    /// Call it about once a second: what is not taken is kept up to
    /// [`limits::RECORDING_BYTES`], and what comes then is lost.
    pub fn poll(&mut self, now: Instant) -> Vec<u8> {
        self.play(now);
        std::mem::take(&mut self.bytes)
    }

    /// The last bytes to append. [`Self::header`] then knows the length.
    pub fn finish(&mut self, now: Instant) -> Vec<u8> {
        self.pause(now);
        self.finished = true;
        std::mem::take(&mut self.bytes)
    }

    /// Plays both sides up to `now`.
    fn play(&mut self, now: Instant) {
        while let Some(due) = self.next
            && due + TICK <= now
        {
            self.next = Some(due + TICK);
            if self.bytes.len() < limits::RECORDING_BYTES {
                self.tick(due);
            } else {
                // Nobody writes: the players would only fill up.
                (self.browser, self.phone) = (None, None);
                self.next = Some(now);
            }
        }
    }

    fn tick(&mut self, due: Instant) {
        let samples = RATE.samples(TICK);
        let channel = |player: &mut Option<Player>| {
            let mut pcm = Vec::with_capacity(samples);
            if let Some(player) = player {
                player.play(due, samples, &mut pcm);
            }
            pcm.resize(samples, 0);
            pcm
        };
        let (left, right) = (channel(&mut self.browser), channel(&mut self.phone));
        let before = self.bytes.len();
        self.bytes.extend(left.iter().zip(right).flat_map(|(left, right)| [*left, right]).flat_map(i16::to_le_bytes));
        self.written += (self.bytes.len() - before) as u64;
    }
}
