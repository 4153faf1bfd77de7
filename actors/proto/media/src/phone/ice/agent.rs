//! [`Agent`]: the checks of one component (RTP or RTCP) of a medium.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use sdp::plain::{Ice, Media};
use sdp::{Candidate, CandidateAddress, Transport};

use super::stun::{self, Refused, Request};

/// Addresses of the phone that are known to be its; the oldest gives way.
const ADDRESSES: usize = 8;
/// A pair in use that was not checked and not heard for this long gives way to any other.
const STALE: Duration = Duration::from_secs(3);
/// Host, component 1, the one address we have (RFC 8445 section 5.1.2).
const PRIORITY: u32 = (126 << 24) | (65535 << 8) | 255;

/// Answers the phone's checks, and knows where the phone is by them.
pub struct Agent {
    credentials: Credentials,
    /// Of before a restart, until a pair is nominated.
    previous: Option<Credentials>,
    /// Checked by the phone; those of before a restart are in `former`, until then.
    validated: Vec<SocketAddr>,
    former: Vec<SocketAddr>,
    selected: Option<Selected>,
}

struct Credentials {
    ufrag: String,
    key: hmac::Key,
}

/// What was nominated.
struct Selected {
    address: SocketAddr,
    priority: u32,
    heard: Instant,
}

impl Agent {
    /// With credentials of ours.
    pub fn new(ours: &Ice) -> Agent {
        let (validated, former) = (Vec::new(), Vec::new());
        Agent { credentials: Credentials::new(ours), previous: None, validated, former, selected: None }
    }

    /// Whether these credentials are in force.
    pub fn is_of(&self, ours: &Ice) -> bool {
        self.credentials.ufrag == ours.ufrag
    }

    /// With credentials of ours in a new description: others than before restart it (RFC 8445 section 9).
    /// The pair in use stays until another is nominated.
    #[must_use]
    pub fn described(mut self, ours: &Ice) -> Agent {
        if !self.is_of(ours) {
            self.previous = Some(std::mem::replace(&mut self.credentials, Credentials::new(ours)));
            self.former = std::mem::take(&mut self.validated);
        }
        self
    }

    /// Takes a STUN message, and answers it. `None` without an answer: it is no check, or nobody who knows our
    /// password sent it.
    pub fn handle(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Option<Vec<u8>> {
        let request = Request::parse(bytes)?;
        let (ours, _) = request.username.split_once(':')?;
        let is_current = self.credentials.ufrag == ours;
        let previous = self.previous.as_ref().filter(|previous| previous.ufrag == ours);
        let key = if is_current { &self.credentials.key } else { &previous?.key };
        if !request.is_by(key) {
            return None;
        }
        if !request.unknown.is_empty() {
            return Some(request.refused(Refused::Unknown, key));
        }
        // A lite agent is the controlled one, and cannot be the other (RFC 8445 section 6.1.1).
        if request.is_controlled {
            return Some(request.refused(Refused::RoleConflict, key));
        }
        let answer = request.success(source, key);
        if is_current {
            self.validate(source);
        }
        if request.use_candidate && is_current {
            self.nominate(now, source, request.priority);
        }
        Some(answer)
    }

    fn validate(&mut self, source: SocketAddr) {
        if !self.validated.contains(&source) {
            if self.validated.len() == ADDRESSES {
                self.validated.remove(0);
            }
            self.validated.push(source);
        }
    }

    /// Agents of RFC 5245 nominate each pair they check; the best counts, as long as it lives.
    fn nominate(&mut self, now: Instant, address: SocketAddr, priority: u32) {
        let restarted = self.previous.take().is_some();
        let known = self.selected.as_ref().filter(|_| !restarted);
        let is_alive = |known: &Selected| now.saturating_duration_since(known.heard) < STALE;
        if known.is_some_and(|known| known.address != address && known.priority > priority && is_alive(known)) {
            return;
        }
        self.former.clear();
        self.selected = Some(Selected { address, priority, heard: now });
    }

    /// Whether a check that verified came from `source`.
    pub fn knows(&self, source: SocketAddr) -> bool {
        self.validated.contains(&source) || self.former.contains(&source)
    }

    /// Whether media may come from `source` (RFC 8445 section 12.2).
    pub fn admits(&mut self, now: Instant, source: SocketAddr) -> bool {
        if let Some(selected) = self.selected.as_mut().filter(|selected| selected.address == source) {
            selected.heard = now;
            return true;
        }
        self.knows(source)
    }

    /// The nominated address: where to send.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.selected.as_ref().map(|selected| selected.address)
    }
}

impl Credentials {
    fn new(ours: &Ice) -> Credentials {
        Credentials { ufrag: ours.ufrag.clone(), key: stun::key(&ours.pwd) }
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("validated", &self.validated).finish_non_exhaustive()
    }
}

/// Our candidates: the announced address, with the port of RTP and, unless muxed, the next one for RTCP.
pub fn lines(announce: IpAddr, port: u16, rtcp_mux: bool) -> Vec<String> {
    let line = |component: u16| {
        let (priority, port) = (PRIORITY + 1 - u32::from(component), port.saturating_add(component - 1));
        format!("candidate:1 {component} UDP {priority} {announce} {port} typ host")
    };
    (1..=if rtcp_mux { 1 } else { 2 }).map(line).collect()
}

/// Whether a section has credentials we can use (RFC 8839 section 5.4).
pub fn is_usable(theirs: &Media) -> bool {
    let is_ice = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'));
    let fits = |ice: &Ice| {
        (4..=256).contains(&ice.ufrag.len())
            && (22..=256).contains(&ice.pwd.len())
            && is_ice(&ice.ufrag)
            && is_ice(&ice.pwd)
    };
    theirs.ice.as_ref().is_some_and(fits) && !theirs.ice_mismatch
}

/// Whether something on the way has changed the address but not the candidates (RFC 8839 section 3.2.5): the
/// default destination is none of them. One who trickles (RFC 8840 section 4.1.1) has none yet.
pub fn is_mismatch(theirs: &Media) -> bool {
    let is_trickled = theirs.port == 9 || theirs.address.is_some_and(|address| address.is_unspecified());
    let Some(rtp) = theirs.rtp_address().filter(|_| !is_trickled) else { return false };
    let candidates: Vec<Candidate<'_>> =
        theirs.candidates.iter().filter_map(|text| Candidate::parse(text).ok()).collect();
    let has = |component: u16, address: SocketAddr| {
        candidates.iter().any(|candidate| {
            let is_there = candidate.address == CandidateAddress::Ip(address.ip()) && candidate.port == address.port();
            candidate.component == component && candidate.transport == Transport::Udp && is_there
        })
    };
    let rtcp = theirs.rtcp_address().filter(|_| !theirs.rtcp_mux);
    !has(1, rtp)
        || candidates.iter().any(|candidate| candidate.component == 2) && rtcp.is_some_and(|rtcp| !has(2, rtcp))
}
