//! Where the phone's packets come from (symmetric RTP, RFC 4961), learned once.
//!
//! The address of the description is taken at once. Another one, as NAT makes it, is taken
//! only within [`WINDOW`] of a negotiation and after [`PROOF`] packets in a row of one SSRC,
//! unless the described one speaks first. Then it is locked: what comes from elsewhere is
//! dropped ("RTP bleed"); only the described one may still take it back. A later negotiation opens the window again only where it names
//! another address or the locked one has been silent for [`SILENT`]. Packets that verify
//! (SRTP) may move the lock at any time, after [`PROOF`] in a row.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long after a negotiation another source may be learned.
const WINDOW: Duration = Duration::from_secs(10);
/// Packets that another source must send in a row.
const PROOF: u8 = 3;
/// A locked source silent this long may be replaced at the next negotiation.
const SILENT: Duration = Duration::from_secs(3);

/// The source of one socket.
#[derive(Debug)]
pub(super) struct Latch {
    described: Option<SocketAddr>,
    locked: Option<(SocketAddr, Instant)>,
    until: Option<Instant>,
    candidate: Option<(SocketAddr, u32, u8)>,
}

impl Latch {
    pub fn new() -> Latch {
        Latch { described: None, locked: None, until: None, candidate: None }
    }

    /// A description has named the phone's address.
    pub fn describe(&mut self, now: Instant, described: Option<SocketAddr>) {
        let silent = self.locked.is_some_and(|(_, last)| now.saturating_duration_since(last) >= SILENT);
        if self.described != described || silent || self.locked.is_none() {
            self.locked = None;
            self.candidate = None;
            self.until = Some(now + WINDOW);
        }
        self.described = described;
    }

    /// Whether a packet that is right in all else may come from `source`.
    pub fn admits(&mut self, now: Instant, source: SocketAddr, ssrc: u32, is_verified: bool) -> bool {
        if let Some((locked, last)) = self.locked.as_mut().filter(|(locked, _)| *locked == source || !is_verified) {
            let same = *locked == source;
            // The described source takes back what another has won by speaking first.
            let reclaims = self.described == Some(source);
            if same || reclaims {
                (*locked, *last) = (source, now);
                self.candidate = None;
            }
            return same || reclaims;
        }
        let is_open = is_verified || self.until.is_some_and(|until| now <= until);
        let is_described = self.locked.is_none() && self.described == Some(source);
        let proven = is_described || is_open && self.is_proven(source, ssrc);
        if proven {
            self.locked = Some((source, now));
        }
        proven
    }

    fn is_proven(&mut self, source: SocketAddr, ssrc: u32) -> bool {
        let count = match self.candidate {
            Some((known, known_ssrc, count)) if (known, known_ssrc) == (source, ssrc) => count + 1,
            Some(_) | None => 1,
        };
        self.candidate = Some((source, ssrc, count));
        count >= PROOF
    }

    /// Where to send: the learned address, else the described one.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.locked.map(|(source, _)| source).or(self.described)
    }

    pub fn is_locked(&self) -> bool {
        self.locked.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_described_source_takes_back_what_another_won() {
        let (now, mut latch) = (Instant::now(), Latch::new());
        let (phone, stranger) = ("192.0.2.1:4000".parse().unwrap(), "198.51.100.9:666".parse().unwrap());
        latch.describe(now, Some(phone));
        for _ in 0..PROOF {
            latch.admits(now, stranger, 7, false);
        }
        assert_eq!(latch.destination(), Some(stranger));
        assert!(latch.admits(now, phone, 1, false));
        assert!(!latch.admits(now, stranger, 7, false), "locked again");
        assert_eq!(latch.destination(), Some(phone));
    }
}
