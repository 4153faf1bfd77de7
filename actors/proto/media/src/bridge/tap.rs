//! What both sides say, for a recording: a copy of each packet, whatever becomes of it.

use std::collections::VecDeque;
use std::time::Instant;

use super::Side;
use crate::forward::{Forward, Source};
use crate::record::{Codec, Packet};

/// Copies that may wait for `poll`; a shell takes them after each input.
const WAITING: usize = 64;

/// One packet of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who said it.
    pub side: Side,
    /// How it is coded.
    pub codec: Codec,
    /// Numbered through, whatever its source does.
    pub packet: Packet,
}

/// Copies while it is open.
#[derive(Debug, Default)]
pub(super) struct Tap {
    numbers: Option<(Forward, Forward)>,
    heard: VecDeque<Heard>,
}

impl Tap {
    pub fn open(&mut self) {
        self.numbers.get_or_insert_with(|| (Forward::new(0), Forward::new(0)));
    }

    pub fn close(&mut self) {
        self.numbers = None;
    }

    /// Copies a packet.
    pub fn hear(&mut self, now: Instant, side: Side, codec: Option<Codec>, source: &Source, payload: &[u8]) {
        let Some(((browser, phone), codec)) = self.numbers.as_mut().zip(codec) else { return };
        let numbers = match side {
            Side::Browser => browser,
            Side::Phone => phone,
        };
        let Some(position) = numbers.map(now, source).filter(|_| self.heard.len() < WAITING) else { return };
        let (sequence, timestamp) = (position.sequence, position.timestamp);
        let packet = Packet { sequence, timestamp, marker: false, payload: payload.to_vec() };
        self.heard.push_back(Heard { side, codec, packet });
    }

    pub fn poll(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }
}
