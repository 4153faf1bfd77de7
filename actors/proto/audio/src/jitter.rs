//! The jitter buffer (RFC 3550 6.4.1 for the jitter it follows).

use std::time::{Duration, Instant};

use crate::{Codec, limits};

/// An RTP packet, as far as playing it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Extended sequence number: roll-overs counted (RFC 3711 3.3.1).
    pub sequence: u64,
    /// RTP timestamp as received, in units of the codec's clock rate.
    pub timestamp: u32,
    /// The first packet after silence (RFC 3551 4.1).
    pub marker: bool,
    /// The coded sound.
    pub payload: Vec<u8>,
}

/// What there is to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Played {
    /// The next packet in order.
    Packet(Packet),
    /// A packet is missing whose sound belongs here: conceal. `next` follows it, when it is there.
    Lost {
        /// Payload of the packet right behind the gap.
        next: Option<Vec<u8>>,
    },
    /// The sender has nothing to say, or the buffer is filling.
    Nothing,
}

/// The jitter buffer of one received stream.
#[derive(Debug)]
pub struct Jitter {
    codec: Codec,
}

impl Jitter {
    /// A buffer for packets of `codec`.
    pub fn new(codec: Codec) -> Self {
        Self { codec }
    }

    /// Takes a packet as it comes from the network. Duplicates and packets that are too late are dropped.
    pub fn push(&mut self, now: Instant, packet: Packet) {
        let _ = (now, packet, self.codec);
    }

    /// What is to be played at `now`. Call it whenever the sound of the last answer has been played.
    pub fn pop(&mut self, now: Instant) -> Played {
        let _ = now;
        Played::Nothing
    }

    /// The delay that the buffer aims at, between [`limits::DELAY_MIN`] and [`limits::DELAY_MAX`].
    pub fn delay(&self) -> Duration {
        limits::DELAY_MIN
    }
}
