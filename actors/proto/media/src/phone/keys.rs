//! Key presses that we send (RFC 4733): one after the other, the state every [`STEP`], the
//! end three times. The audio is silent meanwhile; the events share its SSRC and numbers.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::dtmf::Report;

/// Distance of two packets of one press, and the pause behind it.
const STEP: Duration = Duration::from_millis(20);
/// The end is said this often (RFC 4733 section 2.5.1.4).
const ENDS: u8 = 3;
/// Shortest and longest press. Phones miss what is shorter.
const HELD: (Duration, Duration) = (Duration::from_millis(40), Duration::from_secs(6));
/// Presses that may wait.
const QUEUE: usize = 64;
/// Power of the tone in -dBm0.
const VOLUME: u8 = 10;
/// A longer press goes on in another segment (RFC 4733 section 2.5.1.3).
const SEGMENT: u64 = u16::MAX as u64;

/// A packet of a press.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeyPacket {
    pub timestamp: u32,
    pub marker: bool,
    pub report: Report,
}

/// The presses that wait and the one being sent.
#[derive(Debug, Default)]
pub(super) struct Keys {
    queue: VecDeque<(u8, Duration)>,
    current: Option<Press>,
    /// The next press begins no earlier.
    next: Option<Instant>,
}

#[derive(Debug)]
struct Press {
    event: u8,
    /// Of the segment.
    timestamp: u32,
    began: Instant,
    /// Units in the segments before.
    before: u64,
    held: Duration,
    ends: u8,
    is_first: bool,
}

impl Keys {
    /// Queues a press; `false` for what is no key, and when too many wait.
    pub fn press(&mut self, now: Instant, digit: char, held: Duration) -> bool {
        let event = "0123456789*#ABCD".chars().position(|key| key == digit.to_ascii_uppercase());
        let Some(event) = event.filter(|_| self.queue.len() < QUEUE) else { return false };
        self.queue.push_back((event as u8, held.clamp(HELD.0, HELD.1)));
        self.next.get_or_insert(now);
        true
    }

    /// When [`Keys::due`] wants to be called.
    pub fn deadline(&self) -> Option<Instant> {
        self.next.filter(|_| self.is_pressed() || !self.queue.is_empty())
    }

    /// Whether a press is being sent.
    pub fn is_pressed(&self) -> bool {
        self.current.is_some()
    }

    /// The packet that is due. `timestamp` is that of the audio at `now`.
    pub fn due(&mut self, now: Instant, timestamp: u32, clock_hz: u32) -> Option<KeyPacket> {
        self.deadline().filter(|next| now >= *next)?;
        self.next = Some(now + STEP);
        if self.current.is_none() {
            let (event, held) = self.queue.pop_front()?;
            let (before, ends, is_first) = (0, 0, true);
            self.current = Some(Press { event, timestamp, began: now, before, held, ends, is_first });
        }
        let press = self.current.as_mut()?;
        let packet = press.packet(now, clock_hz);
        if press.ends >= ENDS {
            self.current = None;
        }
        Some(packet)
    }
}

impl Press {
    fn packet(&mut self, now: Instant, clock_hz: u32) -> KeyPacket {
        let so_far = now.saturating_duration_since(self.began) + STEP;
        let in_segment = units(so_far.min(self.held), clock_hz).saturating_sub(self.before);
        let is_full = in_segment > SEGMENT;
        let end = so_far >= self.held && !is_full;
        let report = Report { event: self.event, end, volume: VOLUME, duration: in_segment.min(SEGMENT) as u16 };
        let packet = KeyPacket { timestamp: self.timestamp, marker: std::mem::take(&mut self.is_first), report };
        self.ends += u8::from(end);
        if is_full {
            self.before += SEGMENT;
            self.timestamp = self.timestamp.wrapping_add(SEGMENT as u32);
        }
        packet
    }
}

/// A time in units of an RTP clock.
pub(super) fn units(time: Duration, clock_hz: u32) -> u64 {
    (time.as_micros().saturating_mul(u128::from(clock_hz)) / 1_000_000) as u64
}
