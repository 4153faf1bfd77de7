//! When a worker begins its next round: at once while few packets come, at a distance while many do.
//!
//! A wake-up costs more than a packet. A packet that waits for others costs delay, at most [`APART`]:
//! a tenth of what one packet of sound lasts.

use std::time::{Duration, Instant};

/// Between the beginnings of two rounds under load.
const APART: Duration = Duration::from_millis(2);

/// Rounds with packets that begin closer to each other than this are load.
const CLOSE: Duration = Duration::from_millis(4);

/// The rounds of one worker.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The last round with packets.
    last: Option<Instant>,
    /// When the next one may begin.
    next: Option<Instant>,
}

impl Pace {
    /// A round began at `begin` and found `packets`.
    pub fn round(&mut self, begin: Instant, packets: usize) {
        self.next = None;
        if packets > 0 {
            let last = self.last.replace(begin);
            let close = last.is_some_and(|last| begin.saturating_duration_since(last) < CLOSE);
            self.next = close.then(|| begin + APART);
        }
    }

    /// How long to leave the sockets alone.
    pub fn rest(&self, now: Instant) -> Option<Duration> {
        self.next?.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_packets_are_served_at_once_and_many_together() {
        let (start, mut pace) = (Instant::now(), Pace::default());
        let at = |micros| start + Duration::from_micros(micros);
        pace.round(at(0), 1);
        assert_eq!(pace.rest(at(100)), None, "a call alone");
        pace.round(at(20_000), 1);
        assert_eq!(pace.rest(at(20_100)), None);
        pace.round(at(20_400), 1);
        assert_eq!(pace.rest(at(20_500)), Some(Duration::from_micros(1900)), "the next came soon after");
        assert_eq!(pace.rest(at(22_500)), None, "the round took longer");
        pace.round(at(22_500), 0);
        assert_eq!(pace.rest(at(22_600)), None, "a timer or a command");
        pace.round(at(23_400), 7);
        assert_eq!(pace.rest(at(23_400)), Some(APART));
    }
}
