//! Telephone events: key presses as RTP (RFC 4733).

use std::time::{Duration, Instant};

/// One key press, complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToneEvent {
    /// `0`-`9`, `*`, `#`, `A`-`D`.
    pub digit: char,
    /// How long it was held.
    pub duration: Duration,
}

/// Silence after which an event whose end packets were all lost is taken as ended.
/// Senders repeat the state every 50 ms or oftener (RFC 4733 2.5.1.2).
const LOST_END: Duration = Duration::from_millis(300);

/// A duration field that is full: a long event goes on in a new segment (RFC 4733 2.5.1.3).
const SEGMENT: u16 = u16::MAX;

/// One four-byte event report (RFC 4733 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Event code; 0 to 15 are the keys.
    pub event: u8,
    /// The E bit.
    pub end: bool,
    /// Power below 0 dBm0, 0 to 63.
    pub volume: u8,
    /// Duration so far, in RTP timestamp units.
    pub duration: u16,
}

impl Report {
    /// Reads the first report of a payload. `None` when it is shorter than four bytes.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags, d0, d1, ..] = *payload else { return None };
        let duration = u16::from_be_bytes([d0, d1]);
        Some(Self { event, end: flags & 0x80 != 0, volume: flags & 0x3f, duration })
    }

    /// The four bytes on the wire.
    pub fn to_bytes(self) -> [u8; 4] {
        let [d0, d1] = self.duration.to_be_bytes();
        let end = if self.end { 0x80 } else { 0 };
        [self.event, end | (self.volume & 0x3f), d0, d1]
    }

    /// The key of this event code, `None` for codes that are no key.
    pub fn digit(self) -> Option<char> {
        "0123456789*#ABCD".chars().nth(usize::from(self.event))
    }
}

/// Turns the repeated reports of one RTP stream into key presses, each exactly once.
#[derive(Debug, Default)]
pub struct Digits {
    current: Option<Press>,
}

#[derive(Debug)]
struct Press {
    digit: char,
    /// RTP timestamp of the newest segment: the identity of the event.
    timestamp: u32,
    segments: u32,
    units: u16,
    clock_rate: u32,
    ended: bool,
    last: Instant,
}

impl Press {
    fn tone(&self) -> ToneEvent {
        let units = u64::from(self.segments) * u64::from(SEGMENT) + u64::from(self.units);
        let micros = units.saturating_mul(1_000_000) / u64::from(self.clock_rate.max(1));
        ToneEvent { digit: self.digit, duration: Duration::from_micros(micros) }
    }
}

impl Digits {
    /// Takes one received telephone-event payload. Returns the press that it completes: its
    /// own (first end packet), or the one before it whose end was lost.
    pub fn receive(&mut self, now: Instant, timestamp: u32, clock_rate: u32, payload: &[u8]) -> Option<ToneEvent> {
        let report = Report::parse(payload)?;
        let digit = report.digit()?;
        match &mut self.current {
            Some(press) if press.timestamp == timestamp => return press.update(now, report),
            // Older than what we have: a late packet of an event already reported.
            Some(press) if (timestamp.wrapping_sub(press.timestamp) as i32) < 0 && now < press.last + LOST_END => {
                return None;
            }
            Some(press) if press.continues(digit, timestamp) => {
                press.segments += 1;
                press.timestamp = timestamp;
                press.units = 0;
                return press.update(now, report);
            }
            Some(_) | None => {}
        }
        let lost = self.current.take().filter(|press| !press.ended).map(|press| press.tone());
        let mut press = Press { digit, timestamp, segments: 0, units: 0, clock_rate, ended: false, last: now };
        let own = press.update(now, report);
        self.current = Some(press);
        // Both at once needs a lost end and a press whose first packet seen is its end; the
        // later one would be lost, and two keys cannot be pressed within one packet.
        lost.or(own)
    }

    /// When [`Digits::timeout`] wants to be called, if at all.
    pub fn deadline(&self) -> Option<Instant> {
        self.current.as_ref().filter(|press| !press.ended).map(|press| press.last + LOST_END)
    }

    /// Ends a press that has gone silent.
    pub fn timeout(&mut self, now: Instant) -> Option<ToneEvent> {
        let press = self.current.as_mut().filter(|press| !press.ended && now >= press.last + LOST_END)?;
        press.ended = true;
        Some(press.tone())
    }
}

impl Press {
    fn update(&mut self, now: Instant, report: Report) -> Option<ToneEvent> {
        if self.ended {
            return None;
        }
        self.last = now;
        self.units = self.units.max(report.duration);
        self.ended = report.end;
        report.end.then(|| self.tone())
    }

    fn continues(&self, digit: char, timestamp: u32) -> bool {
        let next_segment = self.timestamp.wrapping_add(u32::from(SEGMENT));
        !self.ended && self.digit == digit && self.units == SEGMENT && timestamp == next_segment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(event: u8, end: bool, duration: u16) -> [u8; 4] {
        Report { event, end, volume: 10, duration }.to_bytes()
    }

    fn tone(digit: char, millis: u64) -> Option<ToneEvent> {
        Some(ToneEvent { digit, duration: Duration::from_millis(millis) })
    }

    #[test]
    fn a_press_with_three_end_packets_is_reported_once() {
        let (now, mut digits) = (Instant::now(), Digits::default());
        for duration in [160, 320, 480] {
            assert_eq!(digits.receive(now, 1000, 8000, &payload(5, false, duration)), None);
        }
        assert_eq!(digits.receive(now, 1000, 8000, &payload(5, true, 640)), tone('5', 80));
        assert_eq!(digits.receive(now, 1000, 8000, &payload(5, true, 640)), None);
        assert_eq!(digits.receive(now, 1000, 8000, &payload(5, false, 480)), None, "reordered");
        assert_eq!(digits.deadline(), None);
    }

    #[test]
    fn the_same_key_twice_is_two_presses() {
        let (now, mut digits) = (Instant::now(), Digits::default());
        assert_eq!(digits.receive(now, 1000, 8000, &payload(10, true, 800)), tone('*', 100));
        assert_eq!(digits.receive(now, 3000, 8000, &payload(10, true, 800)), tone('*', 100));
    }

    #[test]
    fn a_lost_end_is_made_up_by_silence_or_by_the_next_key() {
        let (now, mut digits) = (Instant::now(), Digits::default());
        digits.receive(now, 1000, 48000, &payload(11, false, 4800));
        assert_eq!(digits.receive(now, 9000, 48000, &payload(15, false, 480)), tone('#', 100));
        assert_eq!(digits.timeout(now + LOST_END / 2), None);
        assert_eq!(digits.timeout(now + LOST_END), tone('D', 10));
        assert_eq!(digits.timeout(now + LOST_END * 2), None);
    }

    #[test]
    fn a_long_press_runs_over_segments() {
        let (now, mut digits) = (Instant::now(), Digits::default());
        assert_eq!(digits.receive(now, 0, 48000, &payload(1, false, SEGMENT)), None);
        let end = payload(1, true, 30465);
        assert_eq!(digits.receive(now, u32::from(SEGMENT), 48000, &end), tone('1', 2000));
    }

    #[test]
    fn codes_that_are_no_key_and_short_payloads_are_nothing() {
        let (now, mut digits) = (Instant::now(), Digits::default());
        assert_eq!(digits.receive(now, 0, 8000, &payload(16, true, 800)), None);
        assert_eq!(digits.receive(now, 0, 8000, &[1, 0x80, 0]), None);
        assert_eq!(digits.receive(now, 0, 0, &payload(3, true, 8)).map(|t| t.digit), Some('3'));
    }
}
