//! The timers of RFC 3261 table 4 and RFC 6026.

use std::time::{Duration, Instant};

/// An estimate of the round trip.
pub const T1: Duration = Duration::from_millis(500);
/// Longest interval between retransmissions of a request without INVITE and of an INVITE's response.
pub const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network.
pub const T4: Duration = Duration::from_secs(5);
/// First interval of an INVITE's retransmissions; each is twice the one before.
pub const A: Duration = T1;
/// How long an INVITE waits for any response.
pub const B: Duration = T1.saturating_mul(64);
/// How long an INVITE rings after each provisional response (section 16.6: more than 3 minutes; who lets it ring
/// longer says so every minute, section 13.3.1.1).
pub const C: Duration = Duration::from_secs(200);
/// How long responses to an INVITE that failed are acknowledged.
pub const D: Duration = Duration::from_secs(32);
/// First interval of another request's retransmissions.
pub const E: Duration = T1;
/// How long another request waits for its final response.
pub const F: Duration = T1.saturating_mul(64);
/// First interval of retransmissions of a final response to an INVITE.
pub const G: Duration = T1;
/// How long such a response waits for its ACK.
pub const H: Duration = T1.saturating_mul(64);
/// How long further ACKs are absorbed.
pub const I: Duration = T4;
/// How long retransmissions of another request are answered.
pub const J: Duration = T1.saturating_mul(64);
/// How long retransmissions of another request's response are absorbed.
pub const K: Duration = T4;
/// How long an accepted INVITE's retransmissions are absorbed (RFC 6026 section 7.1).
pub const L: Duration = T1.saturating_mul(64);
/// How long further 2xx, of other branches of a fork too, are taken (RFC 6026 section 7.2).
pub const M: Duration = T1.saturating_mul(64);
/// When an INVITE that nobody answered is answered 100 (section 17.2.1).
pub const TRYING: Duration = Duration::from_millis(200);

/// How long an INVITE waits for a user that gives no final response: longer than anybody rings. Not of the RFC.
pub const UNANSWERED: Duration = Duration::from_secs(30 * 60);

/// A message that is sent again and again, at intervals that double.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retransmission {
    at: Instant,
    interval: Duration,
    longest: Duration,
}

impl Retransmission {
    pub fn new(now: Instant, first: Duration, longest: Duration) -> Retransmission {
        Retransmission { at: now + first, interval: first, longest }
    }

    pub fn at(&self) -> Instant {
        self.at
    }

    /// Whether it is due; the next is scheduled then.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let due = self.at <= now;
        if due {
            self.interval = (self.interval * 2).min(self.longest);
            self.at = now + self.interval;
        }
        due
    }
}

/// The earlier of two wishes.
pub(crate) fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
