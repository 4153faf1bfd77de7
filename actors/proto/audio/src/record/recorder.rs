//! [`Recorder`]: plays both sides to the same beat.

use std::time::{Duration, Instant};

use super::ogg::Ogg;
use super::wav;
use crate::player::Player;
use crate::{Codec, Packet, Rate, limits};

/// Both channels are written at this rate, whatever the codecs.
const RATE: Rate = Rate::Wide;
/// Sound that is played at once.
const TICK: Duration = Duration::from_millis(20);

/// Which side of the call a packet came from; also its channel in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The left channel.
    Browser,
    /// The right channel.
    Phone,
}

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// 16 bit PCM: 64 kB a second.
    Wav,
    /// Ogg Opus (RFC 7845): about 6 kB a second.
    Ogg,
}

impl Container {
    /// How the names of such files end, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            // RFC 7845 section 9.
            Self::Ogg => "opus",
        }
    }
}

#[derive(Debug)]
enum Writer {
    Wav,
    Ogg(Box<Ogg>),
}

/// Both sides of a call as a stereo file at 16 kHz, aligned by arrival.
#[derive(Debug)]
pub struct Recorder {
    writer: Writer,
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
    /// A recording that begins at `now`. `serial` tells the streams of several Ogg files apart. The first bytes of
    /// the file wait in [`Self::poll`].
    pub fn new(now: Instant, container: Container, serial: u32) -> Self {
        let (writer, bytes) = match container {
            Container::Wav => (Writer::Wav, wav::header(RATE, 0)),
            Container::Ogg => {
                let mut ogg = Ogg::new(RATE, serial);
                let header = ogg.header();
                (Writer::Ogg(Box::new(ogg)), header)
            }
        };
        Self { writer, browser: None, phone: None, next: Some(now), bytes, written: 0, finished: false }
    }

    /// What to write over the beginning of the file once the bytes of [`Self::poll`] are in it: then it can be
    /// played however the writer ends. `None` where that is so anyhow.
    pub fn beginning(&self) -> Option<Vec<u8>> {
        match self.writer {
            Writer::Wav => Some(wav::header(RATE, self.written)),
            Writer::Ogg(_) => None,
        }
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

    /// The last bytes to append.
    pub fn finish(&mut self, now: Instant) -> Vec<u8> {
        self.pause(now);
        if let (Writer::Ogg(ogg), false) = (&mut self.writer, self.finished) {
            ogg.finish(RATE.samples(TICK), &mut self.bytes);
        }
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
        let pcm = left.into_iter().zip(right).flat_map(|(left, right)| [left, right]);
        match &mut self.writer {
            Writer::Wav => {
                let before = self.bytes.len();
                self.bytes.extend(pcm.flat_map(i16::to_le_bytes));
                self.written += (self.bytes.len() - before) as u64;
            }
            Writer::Ogg(ogg) => ogg.write(&pcm.collect::<Vec<_>>(), &mut self.bytes),
        }
    }
}
