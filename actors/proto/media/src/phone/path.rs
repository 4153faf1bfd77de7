//! [`Path`]: how one component of a medium, RTP or RTCP, is reached and protected.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use sdp::plain::Ice;

use super::association::{Association, Established};
use super::ice::Agent;
use super::latch::Latch;
use super::protection::Guard;
use super::srtp::Pair;
use crate::Certificate;

/// A handshake that begins before its description has come is of use for this long.
const EARLY: Duration = Duration::from_secs(5);

/// One component. What it wants to send by itself waits in [`Path::sent`].
#[derive(Debug)]
pub(super) struct Path {
    latch: Latch,
    /// Where ICE is used, it says where the phone is.
    agent: Option<Agent>,
    /// Of an offer of ours that is not answered yet.
    prepared: Option<Agent>,
    association: Option<Association>,
    /// Kept while DTLS makes the keys: its counters may be needed again.
    sdes: Option<Pair>,
    dtls: Option<Pair>,
    mode: Mode,
    /// The last DTLS datagram that came before anything was agreed on.
    early: Option<(Instant, SocketAddr, Vec<u8>)>,
    sent: Vec<(SocketAddr, Vec<u8>)>,
}

/// What was agreed on. Without keys nothing goes and nothing comes, but plain RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Undecided,
    Plain,
    Sdes,
    Dtls,
}

/// What a description says of one component.
pub(super) struct Place<'a> {
    /// The phone's address.
    pub described: Option<SocketAddr>,
    /// Where its signalling comes from.
    pub signalled: Option<IpAddr>,
    /// Our credentials, where ICE is used.
    pub ice: Option<&'a Ice>,
    /// How media is protected.
    pub guard: &'a Guard,
}

impl Path {
    pub fn new() -> Path {
        Path {
            latch: Latch::new(),
            agent: None,
            prepared: None,
            association: None,
            sdes: None,
            dtls: None,
            mode: Mode::Undecided,
            early: None,
            sent: Vec::new(),
        }
    }

    /// Of another phone that takes the leg: nothing is inherited but what came from it, or was said to it, already.
    pub fn successor(&mut self) -> Path {
        Path { prepared: self.prepared.take(), early: self.early.take(), ..Path::new() }
    }

    /// We offer ICE: the phone may check before its answer is here.
    pub fn prepare(&mut self, ours: &Ice) {
        let is_known = [&self.agent, &self.prepared].into_iter().flatten().any(|agent| agent.is_of(ours));
        if !is_known {
            self.prepared = Some(Agent::new(ours));
        }
    }

    /// Takes what was agreed on. What stays the same goes on: keys and counters, the nominated pair, the association.
    pub fn install(&mut self, now: Instant, place: &Place<'_>, certificate: Option<&Certificate>) {
        self.latch.describe(now, place.described, place.signalled);
        let (agent, prepared) = (self.agent.take(), self.prepared.take());
        self.agent = place.ice.map(|ours| match (agent, prepared.filter(|prepared| prepared.is_of(ours))) {
            (Some(agent), _) => agent.described(ours),
            (None, prepared) => prepared.unwrap_or_else(|| Agent::new(ours)),
        });
        if !matches!(place.guard, Guard::Dtls(_)) {
            (self.association, self.dtls) = (None, None);
        }
        match place.guard {
            Guard::Plain => self.mode = Mode::Plain,
            Guard::Sdes(keys) => {
                self.mode = Mode::Sdes;
                self.sdes = Pair::next(self.sdes.take(), &keys.ours, &keys.theirs, keys.mki);
            }
            Guard::Dtls(terms) => {
                self.mode = Mode::Dtls;
                let goes_on = |known: &Association| terms.continues(known.terms()) && !known.has_given_up(now);
                if !self.association.as_ref().is_some_and(goes_on) {
                    self.dtls = None;
                    self.association = certificate.and_then(|own| Association::new(now, terms.clone(), own.clone()));
                    self.begin(now);
                }
            }
        }
        self.early = None;
    }

    /// A new association: its first datagram may have come already.
    fn begin(&mut self, now: Instant) {
        let is_young = |at: &Instant| now.saturating_duration_since(*at) < EARLY;
        if let Some((_, source, bytes)) = self.early.take().filter(|(at, ..)| is_young(at)) {
            self.take_dtls(now, source, &bytes);
        }
        self.open(now);
    }

    /// Nothing is carried any more.
    pub fn close(&mut self) {
        *self = Path { sdes: self.sdes.take(), latch: std::mem::replace(&mut self.latch, Latch::new()), ..Path::new() };
    }

    /// Takes a STUN message. `false`: dropped.
    pub fn take_stun(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> bool {
        let agents = [&mut self.agent, &mut self.prepared].into_iter();
        let answer = agents.flatten().find_map(|agent| agent.handle(now, source, bytes));
        let Some(answer) = answer else { return false };
        self.sent.push((source, answer));
        self.open(now);
        true
    }

    /// Takes a datagram of DTLS. `false`: dropped.
    pub fn take_dtls(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> bool {
        if self.mode == Mode::Undecided {
            self.early = Some((now, source, bytes.to_vec()));
            return true;
        }
        let may_be = match &self.agent {
            Some(agent) => agent.knows(source),
            None => self.latch.may_be(source),
        };
        let is_expected = self.destination() == Some(source);
        let Some(association) = self.association.as_mut().filter(|_| may_be) else { return false };
        let established = association.handle(now, source, is_expected, bytes);
        self.established(now, established);
        true
    }

    /// Begins a handshake of ours, once it is known where to.
    fn open(&mut self, now: Instant) {
        let to = self.destination();
        let established = self.association.as_mut().and_then(|association| association.open(now, to));
        self.established(now, established);
    }

    fn established(&mut self, now: Instant, established: Option<Established>) {
        if let Some(association) = &mut self.association {
            self.sent.extend(association.sent());
        }
        if let Some(Established { source, keys }) = established {
            self.dtls = Pair::next(None, &keys.ours, &keys.theirs, keys.mki);
            self.latch.lock(now, source);
        }
    }

    pub fn timeout(&mut self, now: Instant) {
        let to = self.destination();
        let established = self.association.as_mut().and_then(|association| association.timeout(now, to));
        self.established(now, established);
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.association.as_ref()?.deadline(self.destination().is_some())
    }

    /// Why nothing may be heard, in words, where it is known.
    pub fn trouble(&self) -> Option<&'static str> {
        if self.agent.as_ref().is_some_and(|agent| agent.destination().is_none()) {
            return Some("the phone has nominated no pair of addresses by ICE");
        }
        self.association.as_ref().and_then(Association::trouble)
    }

    /// What it wants to send, since the last call.
    pub fn sent(&mut self) -> std::vec::Drain<'_, (SocketAddr, Vec<u8>)> {
        self.sent.drain(..)
    }

    /// Whether a packet that is right in all else may come from `source`.
    pub fn admits(&mut self, now: Instant, source: SocketAddr, ssrc: u32) -> bool {
        let is_verified = self.is_secured();
        match &mut self.agent {
            Some(agent) => agent.admits(now, source),
            None => self.latch.admits(now, source, ssrc, is_verified),
        }
    }

    /// Whether ICE is used.
    pub fn has_agent(&self) -> bool {
        self.agent.is_some()
    }

    /// Where to send.
    pub fn destination(&self) -> Option<SocketAddr> {
        match &self.agent {
            Some(agent) => agent.destination(),
            None => self.latch.destination(),
        }
    }

    /// Whether the phone is found, and its keys are there.
    pub fn is_connected(&self) -> bool {
        let is_found = match &self.agent {
            Some(agent) => agent.destination().is_some(),
            None => self.latch.is_locked(),
        };
        is_found && self.has_keys()
    }

    /// Whether it has the keys it needs.
    pub fn has_keys(&self) -> bool {
        !self.is_secured() || self.pair().is_some()
    }

    /// Whether DTLS makes its keys.
    pub fn is_dtls(&self) -> bool {
        self.mode == Mode::Dtls
    }

    pub fn is_secured(&self) -> bool {
        matches!(self.mode, Mode::Sdes | Mode::Dtls)
    }

    fn pair(&self) -> Option<&Pair> {
        match self.mode {
            Mode::Sdes => self.sdes.as_ref(),
            Mode::Dtls => self.dtls.as_ref(),
            Mode::Undecided | Mode::Plain => None,
        }
    }

    fn pair_mut(&mut self) -> Option<&mut Pair> {
        match self.mode {
            Mode::Sdes => self.sdes.as_mut(),
            Mode::Dtls => self.dtls.as_mut(),
            Mode::Undecided | Mode::Plain => None,
        }
    }

    /// An RTP packet as it is without protection; `None` for what does not verify.
    pub fn open_rtp<'a>(&mut self, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        match self.mode {
            Mode::Undecided | Mode::Plain => Some(Cow::Borrowed(bytes)),
            Mode::Sdes => self.sdes.as_mut()?.incoming().rtp(bytes).map(Cow::Owned),
            Mode::Dtls => {
                let opened = self.dtls.as_mut()?.incoming().rtp(bytes)?;
                self.association.iter_mut().for_each(Association::confirmed);
                Some(Cow::Owned(opened))
            }
        }
    }

    /// A compound RTCP packet as it is without protection.
    pub fn open_rtcp<'a>(&mut self, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        match self.mode {
            Mode::Undecided | Mode::Plain => Some(Cow::Borrowed(bytes)),
            Mode::Sdes | Mode::Dtls => self.pair_mut()?.incoming().rtcp(bytes).map(Cow::Owned),
        }
    }

    /// An RTP packet as it is sent. `None`: there are no keys yet.
    pub fn seal_rtp(&mut self, ssrc: u32, sequence: u64, bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self.mode {
            Mode::Undecided | Mode::Plain => Some(bytes),
            Mode::Sdes | Mode::Dtls => self.pair_mut()?.outgoing()?.rtp(ssrc, sequence, bytes),
        }
    }

    /// A compound RTCP packet as it is sent.
    pub fn seal_rtcp(&mut self, ssrc: u32, bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self.mode {
            Mode::Undecided | Mode::Plain => Some(bytes),
            Mode::Sdes | Mode::Dtls => self.pair_mut()?.outgoing()?.rtcp(ssrc, bytes),
        }
    }
}
