//! Where the phone's packets come from (symmetric RTP, RFC 4961), learned once.
//!
//! The address of the description is taken at once. Another one, as NAT makes it, is taken only from the described
//! host, or, where nobody can reach that from here (it is private), from the host the signalling comes from; and only
//! within [`WINDOW`] of a negotiation and after [`PROOF`] packets in a row of one SSRC, unless the described one speaks
//! first. Then it is locked: what comes from elsewhere is dropped ("RTP bleed"); only the described one may still take
//! it back. A later negotiation opens the window again only where it names another address or the locked one has been
//! silent for [`SILENT`]. Packets that verify (SRTP) may move the lock at any time, after [`PROOF`] in a row.

use std::net::{IpAddr, SocketAddr};
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
    /// Where the signalling comes from.
    signalled: Option<IpAddr>,
    locked: Option<(SocketAddr, Instant)>,
    until: Option<Instant>,
    candidate: Option<(SocketAddr, u32, u8)>,
}

impl Latch {
    pub fn new() -> Latch {
        Latch { described: None, signalled: None, locked: None, until: None, candidate: None }
    }

    /// A description has named the phone's address; it came from `signalled`.
    pub fn describe(&mut self, now: Instant, described: Option<SocketAddr>, signalled: Option<IpAddr>) {
        let silent = self.locked.is_some_and(|(_, last)| now.saturating_duration_since(last) >= SILENT);
        if self.described != described || silent || self.locked.is_none() {
            self.locked = None;
            self.candidate = None;
            self.until = Some(now + WINDOW);
        }
        self.described = described;
        self.signalled = signalled;
    }

    /// Whether `source` may be the phone at all.
    pub fn may_be(&self, source: SocketAddr) -> bool {
        let is_hidden = self.described.is_none_or(|described| is_private(described.ip()));
        self.locked.is_some_and(|(locked, _)| locked == source)
            || self.described.is_some_and(|described| described.ip() == source.ip())
            || is_hidden && self.signalled == Some(source.ip())
    }

    /// The phone has proven to be at `source`.
    pub fn lock(&mut self, now: Instant, source: SocketAddr) {
        self.locked = Some((source, now));
        self.candidate = None;
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
        let is_open = is_verified || self.until.is_some_and(|until| now <= until) && self.may_be(source);
        let is_described = self.locked.is_none() && self.described == Some(source);
        let proven = is_described || is_open && self.is_proven(source, ssrc);
        if proven {
            self.lock(now, source);
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

/// Whether an address means another host, or none, elsewhere (RFC 1918, RFC 6598, RFC 4193, link-local, loopback).
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let is_shared = matches!(v4.octets(), [100, 64..=127, _, _]);
            v4.is_private() || v4.is_link_local() || v4.is_loopback() || v4.is_unspecified() || is_shared
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback() || v6.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_learned_from_the_described_host_or_where_it_is_hidden_from_the_signalling_one() {
        let now = Instant::now();
        let learns = |described: Option<&str>, signalled: Option<&str>, source: &str| {
            let mut latch = Latch::new();
            let described = described.map(|text| text.parse().unwrap());
            latch.describe(now, described, signalled.map(|text| text.parse().unwrap()));
            (0..PROOF).map(|_| latch.admits(now, source.parse().unwrap(), 7, false)).last().unwrap()
        };
        let (public, private, far) = (Some("192.0.2.1:4000"), Some("10.0.0.7:4000"), "203.0.113.9:61000");
        assert!(learns(public, None, "192.0.2.1:61000"), "another port of the host");
        assert!(!learns(public, None, far) && !learns(private, None, far) && !learns(None, None, far));
        assert!(!learns(public, Some("203.0.113.9"), far), "the described host is reached");
        assert!(learns(private, Some("203.0.113.9"), far) && learns(None, Some("203.0.113.9"), far));
        assert!(!learns(private, Some("203.0.113.9"), "198.51.100.1:61000"));
    }

    #[test]
    fn the_described_source_takes_back_what_another_won() {
        let (now, mut latch) = (Instant::now(), Latch::new());
        let (phone, stranger) = ("192.0.2.1:4000".parse().unwrap(), "192.0.2.1:666".parse().unwrap());
        latch.describe(now, Some(phone), None);
        for _ in 0..PROOF {
            latch.admits(now, stranger, 7, false);
        }
        assert_eq!(latch.destination(), Some(stranger));
        assert!(latch.admits(now, phone, 1, false));
        assert!(!latch.admits(now, stranger, 7, false), "locked again");
        assert_eq!(latch.destination(), Some(phone));
    }
}
