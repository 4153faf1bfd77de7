//! Packets of one codec in, a steady stream of another out.

use std::time::{Duration, Instant};

use crate::player::Player;
use crate::{Codec, Encoder, Error, Packet, limits};

/// Frames behind the clock that are still made; more are skipped, as sound nobody waits for.
const BEHIND_MAX: u32 = 5;

/// What a [`Transcoder`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// Codec of the packets pushed.
    pub from: Codec,
    /// Codec of the frames pulled; the same one is allowed (it decodes and encodes again).
    pub to: Codec,
    /// Sound in each frame pulled, one of [`crate::limits::PTIMES_MS`].
    pub ptime: Duration,
    /// Chooses the noise that fills silence.
    pub seed: u64,
}

/// One packet to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// RTP timestamp on the clock of the outgoing codec. The first is 0, each next one a packet
    /// time later, wrapping at 2^32: add an offset of your own.
    pub timestamp: u32,
    /// Sound begins after silence (RFC 3551 4.1).
    pub marker: bool,
    /// Nothing was received to make it of: comfort noise.
    pub silent: bool,
    /// The coded sound.
    pub payload: Vec<u8>,
}

/// One direction of a transcoded call.
#[derive(Debug)]
pub struct Transcoder {
    setup: Setup,
    player: Player,
    encoder: Encoder,
    due: Option<Instant>,
    timestamp: u32,
    /// Whether the last frame was silent.
    silent: bool,
    pcm: Vec<i16>,
}

impl Transcoder {
    /// A transcoder whose first frame is due at once.
    ///
    /// # Errors
    /// [`Error::PacketTime`].
    pub fn new(setup: Setup) -> Result<Self, Error> {
        limits::checked_ptime(setup.ptime)?;
        // What the narrower of the two cannot hold is not decoded.
        let rate = setup.from.rate().min(setup.to.rate());
        Ok(Self {
            setup,
            player: Player::new(setup.from, rate, setup.seed),
            encoder: Encoder::new(setup.to, rate),
            due: None,
            timestamp: 0,
            silent: true,
            pcm: Vec::new(),
        })
    }

    /// What it was made for.
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// Takes a packet as it comes from the network, in any order.
    pub fn push(&mut self, now: Instant, packet: Packet) {
        self.player.push(now, packet);
    }

    /// The next frame, when one is due at `now`; call until `None`.
    pub fn pull(&mut self, now: Instant) -> Option<Frame> {
        let due = self.catch_up(now);
        if now < due {
            return None;
        }
        self.pcm.clear();
        let samples = self.encoder.rate().samples(self.setup.ptime);
        let silent = !self.player.play(due, samples, &mut self.pcm);
        let mut payload = Vec::new();
        // Each packet time that `new` let pass is a frame of every codec.
        self.encoder.encode(&self.pcm, &mut payload).ok()?;
        let frame = Frame { timestamp: self.timestamp, marker: self.silent && !silent, silent, payload };
        self.silent = silent;
        self.advance(due, 1);
        Some(frame)
    }

    /// When the next frame is due; `None` before the first [`Self::pull`].
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// When the next frame is due, those nobody waits for left out.
    fn catch_up(&mut self, now: Instant) -> Instant {
        let due = *self.due.get_or_insert(now);
        let behind = now.saturating_duration_since(due).as_micros() / self.setup.ptime.as_micros().max(1);
        let behind = u32::try_from(behind).unwrap_or(u32::MAX);
        if behind <= BEHIND_MAX {
            return due;
        }
        self.silent = true;
        self.advance(due, behind)
    }

    /// Moves clock and timestamp on by whole frames.
    fn advance(&mut self, due: Instant, frames: u32) -> Instant {
        let units = self.setup.to.timestamps(self.setup.ptime);
        self.timestamp = self.timestamp.wrapping_add(units.wrapping_mul(frames));
        *self.due.insert(due + self.setup.ptime * frames)
    }
}
