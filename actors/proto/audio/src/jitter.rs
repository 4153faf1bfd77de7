//! The jitter buffer (RFC 3550 6.4.1 for the jitter it follows).
//!
//! It counts in packets, at the pace of [`Jitter::pop`]. A packet that is late is waited for while its
//! place is concealed: the delay has grown by that much. A packet that is lost is known by
//! the ones behind it, and the place concealed meanwhile was its own: the delay stays.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::{Codec, limits};

/// Concealed in a row with nothing behind: then the sender is silent.
const CONCEALED_MAX: u32 = 5;
/// Missing in a row that are concealed one by one; a wider gap is jumped over.
const GAP_MAX: u64 = 5;
/// A packet this far behind is of a sender that started again.
const RESTART: u64 = 100;
/// How long packets have to wait too long before one is dropped.
const WINDOW: Duration = Duration::from_secs(1);
/// Packet time until two packets have told it.
const USUAL: Duration = Duration::from_millis(20);

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

#[derive(Debug)]
struct Waiting {
    packet: Packet,
    arrived: Instant,
}

/// The last packet played, and what was made up since.
#[derive(Debug, Clone, Copy)]
struct Last {
    sequence: u64,
    timestamp: u32,
    /// Concealed without knowing whether the packet was lost or only late.
    concealed: u32,
    /// The sender fell silent: the next packet waits for the whole delay.
    silent: bool,
}

/// The jitter buffer of one received stream.
#[derive(Debug)]
pub struct Jitter {
    codec: Codec,
    waiting: BTreeMap<u64, Waiting>,
    last: Option<Last>,
    /// RTP timestamp units of a packet.
    duration: u32,
    arrivals: Arrivals,
    /// Since when the shortest wait before playing is measured, and what it is.
    window: Option<(Instant, Duration)>,
}

impl Jitter {
    /// A buffer for packets of `codec`.
    pub fn new(codec: Codec) -> Self {
        let duration = codec.timestamps(USUAL);
        Self { codec, waiting: BTreeMap::new(), last: None, duration, arrivals: Arrivals::default(), window: None }
    }

    /// Takes a packet as it comes from the network. Duplicates and packets that are too late are
    /// dropped, and those longer than [`limits::PAYLOAD_BYTES`].
    pub fn push(&mut self, now: Instant, packet: Packet) {
        if packet.payload.len() > limits::PAYLOAD_BYTES {
            return;
        }
        if let Some(last) = self.last
            && packet.sequence <= last.sequence
        {
            if last.sequence - packet.sequence < RESTART {
                return;
            }
            *self = Self::new(self.codec);
        }
        if self.waiting.contains_key(&packet.sequence) {
            return;
        }
        self.arrivals.add(now, packet.timestamp, self.codec);
        self.learn_duration(&packet);
        self.waiting.insert(packet.sequence, Waiting { packet, arrived: now });
        if self.waiting.len() > limits::JITTER_PACKETS {
            self.drop_first();
        }
    }

    /// What is to be played at `now`. Call it whenever the sound of the last answer has been played.
    pub fn pop(&mut self, now: Instant) -> Played {
        self.shorten(now);
        let Some((first, begins, waited)) = self.first(now) else { return self.starve() };
        let Some(last) = self.last.as_mut() else {
            return if waited < self.delay() { Played::Nothing } else { self.play(now, first) };
        };
        let missing = first.saturating_sub(last.sequence + 1);
        if last.silent || (missing == 0 && begins) {
            last.silent = true;
            return if waited < self.delay() { Played::Nothing } else { self.play(now, first) };
        }
        if missing == 0 || missing > GAP_MAX {
            return self.play(now, first);
        }
        last.sequence += 1;
        last.timestamp = last.timestamp.wrapping_add(self.duration);
        if last.concealed > 0 {
            last.concealed -= 1;
            return self.pop(now);
        }
        let next = self.waiting.get(&first).filter(|_| missing == 1);
        Played::Lost { next: next.map(|next| next.packet.payload.clone()) }
    }

    /// The delay that the buffer aims at, between [`limits::DELAY_MIN`] and [`limits::DELAY_MAX`].
    pub fn delay(&self) -> Duration {
        // Three times the mean deviation holds nearly all packets of an even spread.
        (limits::DELAY_MIN + 3 * self.arrivals.jitter).min(limits::DELAY_MAX)
    }

    /// RTP timestamp units of a packet, as far as known.
    pub(crate) fn duration(&self) -> u32 {
        self.duration
    }

    /// Of the first packet: its number, whether it begins after silence, and how long it waits.
    fn first(&self, now: Instant) -> Option<(u64, bool, Duration)> {
        let (sequence, first) = self.waiting.first_key_value()?;
        let due = self.last.map(|last| last.timestamp.wrapping_add(self.duration));
        // Half the range is ahead (RFC 1982). What lies behind is a sender that changed its clock.
        let gap = due.map_or(0, |due| first.packet.timestamp.wrapping_sub(due));
        let begins = (self.duration..1 << 31).contains(&gap);
        Some((*sequence, begins, now.saturating_duration_since(first.arrived)))
    }

    fn play(&mut self, now: Instant, sequence: u64) -> Played {
        let Some(Waiting { packet, arrived }) = self.waiting.remove(&sequence) else { return Played::Nothing };
        self.last = Some(Last { sequence, timestamp: packet.timestamp, concealed: 0, silent: false });
        let waited = now.saturating_duration_since(arrived);
        let (since, least) = self.window.unwrap_or((now, waited));
        self.window = Some((since, least.min(waited)));
        Played::Packet(packet)
    }

    /// Nothing waits.
    fn starve(&mut self) -> Played {
        match &mut self.last {
            Some(last) if !last.silent && last.concealed < CONCEALED_MAX => {
                last.concealed += 1;
                self.window = None;
                Played::Lost { next: None }
            }
            Some(last) => {
                (last.silent, last.concealed) = (true, 0);
                Played::Nothing
            }
            None => Played::Nothing,
        }
    }

    /// Drops a packet when all of the last second waited longer than needed, and the oldest of a burst.
    fn shorten(&mut self, now: Instant) {
        let packet = self.time(self.duration);
        if packet * self.waiting.len() as u32 > limits::DELAY_MAX + 2 * packet {
            while packet * self.waiting.len() as u32 > limits::DELAY_MAX {
                self.drop_first();
            }
        }
        let Some((since, least)) = self.window else { return };
        if now.saturating_duration_since(since) < WINDOW {
            return;
        }
        self.window = None;
        if least >= limits::DELAY_MIN + packet && self.waiting.len() > 1 {
            self.drop_first();
        }
    }

    /// Skips the first packet, as if it had been played.
    fn drop_first(&mut self) {
        let Some((sequence, dropped)) = self.waiting.pop_first() else { return };
        if let Some(last) = &mut self.last {
            (last.sequence, last.timestamp, last.concealed) = (sequence, dropped.packet.timestamp, 0);
        }
        self.window = None;
    }

    /// Two packets in a row tell how long one is.
    fn learn_duration(&mut self, packet: &Packet) {
        let before = packet.sequence.checked_sub(1).and_then(|before| self.waiting.get(&before));
        let waiting = before.map(|before| before.packet.timestamp);
        let played = self.last.filter(|last| last.sequence + 1 == packet.sequence).map(|last| last.timestamp);
        let Some(before) = waiting.or(played) else { return };
        let units = packet.timestamp.wrapping_sub(before);
        if !packet.marker && (1..=self.codec.timestamps(limits::PAYLOAD_MAX)).contains(&units) {
            self.duration = units;
        }
    }

    fn time(&self, units: u32) -> Duration {
        Duration::from_micros(u64::from(units) * 1_000_000 / u64::from(self.codec.clock_rate()))
    }
}

/// The interarrival jitter of RFC 3550 6.4.1.
#[derive(Debug, Default)]
struct Arrivals {
    last: Option<(Instant, u32)>,
    jitter: Duration,
}

impl Arrivals {
    fn add(&mut self, now: Instant, timestamp: u32, codec: Codec) {
        let Some((then, before)) = self.last.replace((now, timestamp)) else { return };
        let units = timestamp.wrapping_sub(before) as i32;
        let sent = i64::from(units) * 1_000_000 / i64::from(codec.clock_rate());
        let received = now.saturating_duration_since(then).as_micros() as i64;
        let off = Duration::from_micros(received.abs_diff(sent));
        // A sender that paused or started its clock anew is no jitter of the network.
        if off < Duration::from_secs(1) {
            self.jitter = (self.jitter * 15 + off) / 16;
        }
    }
}
