//! The sequence and timestamp map of one outgoing stream.
//!
//! What comes in may change its SSRC, jump, pause or have packets taken out; what goes out
//! has one SSRC and never jumps: sequence numbers without a gap that was not lost on the way in
//! (RFC 3550 5.1), timestamps that follow the wall clock across changes.

use std::time::{Duration, Instant};

use str0m::media::Rid;

/// Where a packet stands in its own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// SSRC as received.
    pub ssrc: u32,
    /// Simulcast layer: only packets of one layer are passed at a time.
    pub layer: Option<Rid>,
    /// Extended sequence number: roll-overs counted (RFC 3711 3.3.1).
    pub sequence: u64,
    /// RTP timestamp as received.
    pub timestamp: u32,
    /// Units of `timestamp` a second.
    pub clock_rate: u32,
}

/// Where a packet goes in the outgoing stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Extended sequence number.
    pub sequence: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// The packet is the first of another source: a video decoder needs a keyframe.
    pub switched: bool,
}

/// A source silent this long loses its claim on the stream.
const SOURCE_SILENT: Duration = Duration::from_secs(1);

/// A larger step in sequence numbers is a restart of the sender, not loss.
const MAX_STEP: u64 = 3000;

/// Timestamps may run this far ahead of the clock before they are taken as a restart.
const MAX_LEAD_SECONDS: u32 = 5;

/// The map. One for each outgoing stream.
#[derive(Debug)]
pub struct Forward {
    source: Option<Current>,
    /// SSRC of the source before, whose late packets must not take the stream back.
    previous_ssrc: Option<u32>,
    /// Highest position given out so far; before the first packet, the position before it.
    sequence: u64,
    timestamp: u32,
    last: Option<Instant>,
    /// When the source was heard last; `last` moves with what is filled in, too.
    heard: Option<Instant>,
    /// Packets were filled in since the source's newest: it goes on behind them.
    filled: bool,
}

#[derive(Debug)]
struct Current {
    ssrc: u32,
    layer: Option<Rid>,
    /// Packets before this one have no place in the outgoing stream.
    since: u64,
    highest: u64,
    highest_timestamp: u32,
    /// Outgoing minus incoming, modulo 2^64 and 2^32.
    sequence_offset: u64,
    timestamp_offset: u32,
}

impl Forward {
    /// A map that starts somewhere below 2^15 (so that the first packets cannot roll over
    /// before a receiver synchronises, RFC 3711 3.3.1), chosen by `seed`.
    pub fn new(seed: u64) -> Self {
        let sequence = (seed >> 32) & 0x7fff;
        Self {
            source: None,
            previous_ssrc: None,
            sequence,
            timestamp: seed as u32,
            last: None,
            heard: None,
            filled: false,
        }
    }

    /// The place of a packet, or `None` when it must not be sent on: it is late from before
    /// a change, or its source is not the one we follow.
    pub fn map(&mut self, now: Instant, packet: &Source) -> Option<Position> {
        let elapsed = self.elapsed(now, packet.clock_rate);
        let (mut switched, mut resumed) = (false, false);
        if !self.follows(now, packet) {
            if !self.may_switch(now, packet) {
                return None;
            }
            switched = self.source.is_some();
            let before = self.source.as_ref().map(|current| current.ssrc);
            self.previous_ssrc = before.filter(|ssrc| *ssrc != packet.ssrc);
            self.follow(packet, elapsed);
            resumed = self.filled;
        } else if self.filled && self.source.as_ref().is_some_and(|current| packet.sequence > current.highest) {
            self.follow(packet, elapsed);
            resumed = true;
        }
        let current = self.source.as_mut()?;
        if packet.sequence < current.since {
            return None;
        }
        let sequence = packet.sequence.wrapping_add(current.sequence_offset);
        if packet.sequence > current.highest || resumed || self.last.is_none() || switched {
            current.steady_clock(packet, self.timestamp, elapsed);
            current.highest = packet.sequence;
            current.highest_timestamp = packet.timestamp;
            self.sequence = sequence;
            self.timestamp = packet.timestamp.wrapping_add(current.timestamp_offset);
            self.last = Some(now);
            self.heard = Some(now);
            self.filled = false;
        }
        let timestamp = packet.timestamp.wrapping_add(current.timestamp_offset);
        Some(Position { sequence, timestamp, switched })
    }

    /// A place for a packet of our own, `units` of timestamp long, while the source is silent.
    pub fn fill(&mut self, now: Instant, clock_rate: u32, units: u32) -> Position {
        let elapsed = self.elapsed(now, clock_rate);
        // Timers are late by a little: frames of a row stand exactly one frame apart.
        let step = if elapsed < units.saturating_mul(2) { units } else { elapsed };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(step);
        self.last = Some(now);
        self.filled = true;
        Position { sequence: self.sequence, timestamp: self.timestamp, switched: false }
    }

    /// The source has ended: whatever comes next follows at once.
    pub fn release(&mut self) {
        self.source = None;
        self.previous_ssrc = None;
        self.filled = self.last.is_some();
    }

    /// Takes a packet out of the stream without leaving a gap.
    pub fn skip(&mut self, packet: &Source) {
        let Some(current) = self.source.as_mut().filter(|current| current.ssrc == packet.ssrc) else { return };
        let step = packet.sequence.wrapping_sub(current.highest);
        if (1..=MAX_STEP).contains(&step) {
            current.sequence_offset = current.sequence_offset.wrapping_sub(1);
            current.highest = packet.sequence;
            current.since = packet.sequence + 1;
        }
    }

    /// Whether the packet continues the source we follow.
    fn follows(&self, now: Instant, packet: &Source) -> bool {
        self.source.as_ref().is_some_and(|current| {
            let restarted = packet.sequence.abs_diff(current.highest) > MAX_STEP;
            current.ssrc == packet.ssrc && !(restarted && (packet.sequence > current.highest || self.silent(now)))
        })
    }

    fn may_switch(&self, now: Instant, packet: &Source) -> bool {
        let Some(current) = &self.source else { return true };
        let replaces = packet.layer == current.layer && self.previous_ssrc != Some(packet.ssrc);
        replaces || current.ssrc == packet.ssrc || self.silent(now)
    }

    /// Puts the packet, and what follows it, right behind the newest one.
    fn follow(&mut self, packet: &Source, elapsed: u32) {
        let timestamp = self.timestamp.wrapping_add(elapsed);
        self.source = Some(Current {
            ssrc: packet.ssrc,
            layer: packet.layer,
            since: packet.sequence,
            highest: packet.sequence,
            highest_timestamp: packet.timestamp,
            sequence_offset: self.sequence.wrapping_add(1).wrapping_sub(packet.sequence),
            timestamp_offset: timestamp.wrapping_sub(packet.timestamp),
        });
    }

    fn silent(&self, now: Instant) -> bool {
        self.heard.is_none_or(|heard| now.saturating_duration_since(heard) >= SOURCE_SILENT)
    }

    /// Timestamp units since the newest packet, at least one.
    fn elapsed(&self, now: Instant, clock_rate: u32) -> u32 {
        let elapsed = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        let units = elapsed.as_micros().saturating_mul(u128::from(clock_rate)) / 1_000_000;
        (units as u32).max(1)
    }
}

impl Current {
    /// Sets the timestamps right when the sender's own jump without its SSRC changing.
    fn steady_clock(&mut self, packet: &Source, last_sent: u32, elapsed: u32) {
        let step = packet.timestamp.wrapping_sub(self.highest_timestamp) as i32;
        let lead = MAX_LEAD_SECONDS.saturating_mul(packet.clock_rate);
        let back = i64::from(packet.clock_rate);
        let fits = i64::from(step) >= -back && i64::from(step) <= i64::from(elapsed) + i64::from(lead);
        if !fits {
            self.timestamp_offset = last_sent.wrapping_add(elapsed).wrapping_sub(packet.timestamp);
        }
    }
}

#[cfg(test)]
mod tests;
