//! What the reports of one stream say: counted here, sent every five seconds or so.

use std::time::{Duration, Instant};

use super::keys::units;
use super::rtcp::{Block, Heard, Sender};

/// Mean distance of two reports (RFC 3550 section 6.2).
const INTERVAL: Duration = Duration::from_secs(5);

/// Counts of one stream in both directions.
#[derive(Debug)]
pub(super) struct Reports {
    /// Spreads the reports (RFC 3550 section 6.3.1).
    seed: u64,
    /// NTP time counts from here: we have no wall clock, nor does anyone need it.
    origin: Option<Instant>,
    due: Option<Instant>,
    pub sent: (u64, u64),
    pub received: (u64, u64),
    reception: Option<Reception>,
    /// What the phone said last of our stream.
    pub block: Option<Block>,
    pub round_trip: Option<Duration>,
}

/// One SSRC of the phone (RFC 3550 appendix A.3 and A.8).
#[derive(Debug)]
struct Reception {
    ssrc: u32,
    first: u64,
    highest: u64,
    count: u64,
    /// Expected and received at the last report.
    prior: (u64, u64),
    transit: u32,
    /// Scaled by 16.
    jitter: u32,
    fraction_lost: u8,
    /// Middle of the NTP time of the last sender report, and when it came.
    report: Option<(u32, Instant)>,
}

impl Reports {
    pub fn new(seed: u32) -> Reports {
        Reports {
            seed: u64::from(seed),
            origin: None,
            due: None,
            sent: (0, 0),
            received: (0, 0),
            reception: None,
            block: None,
            round_trip: None,
        }
    }

    /// Reports begin, unless they have.
    pub fn begin(&mut self, now: Instant) {
        self.origin.get_or_insert(now);
        if self.due.is_none() {
            self.due = Some(now + self.interval() / 2);
        }
    }

    /// No more reports.
    pub fn stop(&mut self) {
        self.due = None;
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Whether a report is due; the next one is set.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.due.is_some_and(|due| now >= due);
        if is_due {
            self.due = Some(now + self.interval());
        }
        is_due
    }

    /// From half the mean to one and a half.
    fn interval(&mut self) -> Duration {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        INTERVAL / 2 + INTERVAL * (self.seed >> 48) as u32 / 0x1_0000
    }

    fn since_origin(&self, now: Instant) -> Duration {
        self.origin.map_or(Duration::ZERO, |origin| now.saturating_duration_since(origin))
    }

    /// A packet came.
    pub fn count(&mut self, now: Instant, ssrc: u32, sequence: u64, timestamp: u32, clock_hz: u32) {
        let transit = (units(self.since_origin(now), clock_hz) as u32).wrapping_sub(timestamp);
        let Some(known) = self.reception.as_mut().filter(|known| known.ssrc == ssrc) else {
            let (first, highest, report) = (sequence, sequence, None);
            let (count, prior, jitter, fraction_lost) = (1, (0, 0), 0, 0);
            let new = Reception { ssrc, first, highest, count, prior, transit, jitter, fraction_lost, report };
            self.reception = Some(new);
            return;
        };
        known.count += 1;
        known.highest = known.highest.max(sequence);
        let step = (transit.wrapping_sub(known.transit) as i32).unsigned_abs();
        known.transit = transit;
        known.jitter = known.jitter.saturating_add(step).saturating_sub(known.jitter.saturating_add(8) >> 4);
    }

    /// A report came.
    pub fn heard(&mut self, now: Instant, heard: &Heard) {
        let middle = |ntp: u64| (ntp >> 16) as u32;
        if let Some(known) = self.reception.as_mut().filter(|known| known.ssrc == heard.ssrc) {
            known.report = heard.sender.map(|sender| (middle(sender.ntp), now)).or(known.report);
        }
        let Some(block) = heard.block else { return };
        self.block = Some(block);
        if block.last_report.0 != 0 {
            let ticks = middle(ntp(self.since_origin(now))).wrapping_sub(block.last_report.0);
            let ticks = ticks.wrapping_sub(block.last_report.1);
            // What a wrong or lying report makes of it is no round trip.
            let is_sane = (ticks as i32) >= 0 && ticks < 60 << 16;
            let trip = Duration::from_micros((u64::from(ticks) * 1_000_000) >> 16);
            self.round_trip = is_sane.then_some(trip).or(self.round_trip);
        }
    }

    /// Our sender report, once we have sent.
    pub fn sender(&self, now: Instant, timestamp: u32) -> Option<Sender> {
        let (packets, octets) = (self.sent.0 as u32, self.sent.1 as u32);
        (self.sent.0 > 0).then(|| Sender { ntp: ntp(self.since_origin(now)), timestamp, packets, octets })
    }

    /// Our report of the phone's stream.
    pub fn reception(&mut self, now: Instant) -> Option<Block> {
        let known = self.reception.as_mut()?;
        let expected = known.highest - known.first + 1;
        let (window, came) = (expected - known.prior.0, known.count - known.prior.1);
        known.prior = (expected, known.count);
        known.fraction_lost = match window.checked_sub(came) {
            Some(lost) if window > 0 => (lost * 256 / window).min(255) as u8,
            Some(_) | None => 0,
        };
        let delay = |at: Instant| (ntp(now.saturating_duration_since(at)) >> 16) as u32;
        Some(Block {
            ssrc: known.ssrc,
            fraction_lost: known.fraction_lost,
            lost: expected.saturating_sub(known.count).min(0x7f_ffff) as u32,
            // Our count of roll-overs begins at one.
            highest: known.highest.wrapping_sub(0x1_0000) as u32,
            jitter: known.jitter >> 4,
            last_report: known.report.map_or((0, 0), |(middle, at)| (middle, delay(at))),
        })
    }

    /// Share lost and jitter in timestamp units on the way to us, as of our last report.
    pub fn quality(&self) -> Option<(f32, u32)> {
        self.reception.as_ref().map(|known| (f32::from(known.fraction_lost) / 256.0, known.jitter >> 4))
    }

    /// The phone's SSRC.
    pub fn source(&self) -> Option<u32> {
        self.reception.as_ref().map(|known| known.ssrc)
    }
}

/// A time in 32.32 bits of seconds.
fn ntp(time: Duration) -> u64 {
    ((time.as_nanos() << 32) / 1_000_000_000) as u64
}
