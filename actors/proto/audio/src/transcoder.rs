//! Packets of one codec in, a steady stream of another out.

use std::time::{Duration, Instant};

use crate::{Codec, Error, Packet};

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
}

impl Transcoder {
    /// A transcoder whose first frame is due at once.
    ///
    /// # Errors
    /// [`Error::PacketTime`].
    pub fn new(setup: Setup) -> Result<Self, Error> {
        Ok(Self { setup })
    }

    /// What it was made for.
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// Takes a packet as it comes from the network, in any order.
    pub fn push(&mut self, now: Instant, packet: Packet) {
        let _ = (now, packet);
    }

    /// The next frame, when one is due at `now`; call until `None`.
    pub fn pull(&mut self, now: Instant) -> Option<Frame> {
        let _ = now;
        None
    }

    /// When the next frame is due; `None` before the first [`Self::pull`].
    pub fn due(&self) -> Option<Instant> {
        None
    }
}
