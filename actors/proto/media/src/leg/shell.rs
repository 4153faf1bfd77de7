//! ICE, DTLS and the clock of a leg.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::media::{KeyframeRequest, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpPacket;
use str0m::{Candidate, IceConnectionState, Rtc};

use super::negotiate::Pending;
use crate::limits::{ADDRESSES, CONNECT_TIMEOUT, DISCONNECTED_TIMEOUT, EVENTS, SHORTEST_TIMER};
use crate::offer::Section;
use crate::stats::Round;
use crate::{BadDatagram, Stats, stun};

/// ```text
///      description          DTLS up             consent lost
///  New ────────► Connecting ───► Connected ◄───────────────► Disconnected
///   │ timeout        │ timeout                 checks answered     │ timeout
///   └────────────────┴─────────────► Ended ◄──────────────────────┘
/// ```
/// The far end's close_notify and a fatal DTLS error lead from anywhere to Ended, `close`
/// too, by way of Closing while the goodbye is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    New { until: Option<Instant> },
    Connecting { until: Instant },
    Connected,
    Disconnected { until: Instant },
    Closing,
    Ended,
}

/// What a leg wants or has seen.
#[expect(clippy::large_enum_variant, reason = "a packet lives for one call; a box would cost an allocation each")]
pub(crate) enum LegOutput {
    /// A datagram to send, from one of our host candidates.
    Transmit { source: SocketAddr, destination: SocketAddr, bytes: Vec<u8> },
    /// As [`crate::Output::Ufrag`].
    Ufrag(String),
    /// As [`crate::Output::Validated`].
    Validated { address: SocketAddr, dropped: Option<SocketAddr> },
    /// ICE and DTLS are up.
    Connected,
    /// Out of reach for now.
    Disconnected,
    /// Over, and why.
    Failed(String),
    /// The figures of one round.
    Stats(Stats),
    /// A packet came.
    Rtp(RtpPacket),
    /// The far end wants a keyframe.
    KeyframeRequest(KeyframeRequest),
    /// Nothing more until then.
    Wake(Instant),
}

/// One peer connection. The verbs, then `poll` until `None`.
pub(crate) struct Leg {
    pub(crate) rtc: Rtc,
    pub(super) state: State,
    now: Instant,
    pub(super) sections: Vec<Section>,
    pub(super) pending: Option<Pending>,
    ufrag: String,
    validated: Vec<SocketAddr>,
    pub(super) outputs: VecDeque<LegOutput>,
    round: Round,
    /// RTP clocks of the audio sections, which give jitter its unit.
    audio_clocks: Vec<(Mid, u32)>,
    /// A packet was written that str0m sends at its next time step only.
    wrote: bool,
    /// `Wake` is owed at the end of this poll.
    wake: bool,
    /// str0m said that it wants nothing more, and nothing has touched it since: to ask again costs a microsecond.
    drained: bool,
}

impl Leg {
    /// A leg without a description, given up after `patience` without one.
    pub fn new(now: Instant, mut rtc: Rtc, candidates: &[SocketAddr], patience: Option<Duration>) -> Self {
        for address in candidates {
            match Candidate::host(*address, Protocol::Udp) {
                Ok(candidate) => {
                    rtc.add_local_candidate(candidate);
                }
                Err(error) => log::warn!("host candidate {address}: {error}"),
            }
        }
        Self {
            rtc,
            state: State::New { until: patience.map(|patience| now + patience) },
            now,
            sections: Vec::new(),
            pending: None,
            ufrag: String::new(),
            validated: Vec::new(),
            outputs: VecDeque::new(),
            round: Round::default(),
            audio_clocks: Vec::new(),
            wrote: false,
            wake: true,
            drained: false,
        }
    }

    /// Whether it is over: nothing it is told has an effect any more.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether packets can be sent.
    pub fn is_connected(&self) -> bool {
        self.state == State::Connected
    }

    /// Whether nothing was negotiated yet.
    pub fn is_new(&self) -> bool {
        matches!(self.state, State::New { .. })
    }

    /// Addresses whose datagrams are taken.
    pub fn validated(&self) -> &[SocketAddr] {
        &self.validated
    }

    /// The clock moves; a wake-up is owed. Before every verb.
    pub fn at(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.wake = true;
        self.drained = false;
    }

    /// The next thing the leg wants, `None` when it wants nothing more for now.
    pub fn poll(&mut self) -> Option<LegOutput> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            if self.drained || self.is_ended() {
                return None;
            }
            match self.rtc.poll_output() {
                Ok(str0m::Output::Transmit(t)) => {
                    let (source, destination) = (t.source, t.destination);
                    return Some(LegOutput::Transmit { source, destination, bytes: t.contents.into() });
                }
                Ok(str0m::Output::Event(str0m::Event::RtpPacket(packet))) => return Some(LegOutput::Rtp(packet)),
                Ok(str0m::Output::Event(event)) => self.on_event(event),
                Ok(str0m::Output::Timeout(_)) if self.wrote => self.step(),
                Ok(str0m::Output::Timeout(at)) => return self.drained(at),
                Err(error) => self.fail(&error.to_string()),
            }
        }
    }

    /// Moves str0m's clock: it sends what was written.
    pub(super) fn step(&mut self) {
        self.wrote = false;
        if let Err(error) = self.rtc.handle_input(str0m::Input::Timeout(self.now)) {
            self.fail(&error.to_string());
        }
    }

    /// A packet was written.
    pub fn wrote(&mut self) {
        self.wrote = true;
        self.drained = false;
    }

    /// The RTP clock of an audio section.
    pub fn set_audio_clock(&mut self, mid: Mid, clock_rate: u32) {
        match self.audio_clocks.iter_mut().find(|(known, _)| *known == mid) {
            Some((_, known)) => *known = clock_rate,
            None => self.audio_clocks.push((mid, clock_rate)),
        }
    }

    /// str0m wants nothing more until `at`.
    fn drained(&mut self, at: Instant) -> Option<LegOutput> {
        if self.state == State::Closing {
            self.state = State::Ended;
            return None;
        }
        if let Some(stats) = self.round.finish().filter(|_| self.outputs.len() < EVENTS) {
            return Some(LegOutput::Stats(stats));
        }
        self.drained = true;
        if !std::mem::take(&mut self.wake) {
            return None;
        }
        let until = match self.state {
            State::New { until } => until,
            State::Connecting { until } | State::Disconnected { until } => Some(until),
            State::Connected | State::Closing | State::Ended => None,
        };
        let soonest = until.map_or(at, |until| until.min(at));
        Some(LegOutput::Wake(soonest.max(self.now + SHORTEST_TIMER)))
    }

    /// The time of the last `Wake` has come.
    pub fn timeout(&mut self) {
        match self.state {
            State::New { until: Some(until) } if self.now >= until => self.fail("no offer came in time"),
            State::Connecting { until } if self.now >= until => {
                self.fail("no connection: no valid ICE check or DTLS handshake came in time")
            }
            State::Disconnected { until } if self.now >= until => self.fail("the far end stayed unreachable"),
            State::New { .. } | State::Connecting { .. } | State::Connected | State::Disconnected { .. } => self.step(),
            State::Closing | State::Ended => {}
        }
    }

    /// A datagram came in.
    ///
    /// # Errors
    /// It is dropped; the leg goes on.
    pub fn datagram(&mut self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> Result<(), BadDatagram> {
        let receive = Receive::new(Protocol::Udp, source, destination, bytes).map_err(|_| BadDatagram::Malformed)?;
        let input = str0m::Input::Receive(self.now, receive);
        if stun::is_stun(bytes) {
            if !self.rtc.accepts(&input) {
                return Err(BadDatagram::Unauthenticated);
            }
            self.validate(source);
        } else if !self.validated.contains(&source) {
            return Err(BadDatagram::Unvalidated);
        }
        match self.rtc.handle_input(input) {
            Ok(()) => Ok(()),
            // RFC 6347 4.1.2.7: a record that does not fit is dropped. A handshake that cannot
            // go on any more ends by the time it is given.
            Err(str0m::RtcError::Dtls(_)) => Err(BadDatagram::Dtls),
            Err(error) => {
                self.fail(&error.to_string());
                Ok(())
            }
        }
    }

    /// Learns an address from which an authenticated check came (RFC 8445 7.3).
    fn validate(&mut self, address: SocketAddr) {
        if self.validated.contains(&address) {
            return;
        }
        let dropped = (self.validated.len() >= ADDRESSES).then(|| self.validated.remove(0));
        self.validated.push(address);
        self.outputs.push_back(LegOutput::Validated { address, dropped });
    }

    /// Negotiation is done: the far end has this long to connect.
    pub(super) fn negotiated(&mut self) {
        if self.is_new() {
            self.state = State::Connecting { until: self.now + CONNECT_TIMEOUT };
        }
    }

    pub(super) fn tell_ufrag(&mut self, ufrag: String) {
        if ufrag != self.ufrag {
            self.ufrag.clone_from(&ufrag);
            self.outputs.push_back(LegOutput::Ufrag(ufrag));
        }
    }

    /// BYE and close_notify, then the end.
    pub fn close(&mut self) {
        self.drained = false;
        self.outputs.clear();
        // Before DTLS is up there is nobody to say goodbye to.
        let farewell = matches!(self.state, State::Connected | State::Disconnected { .. });
        self.state = if farewell && self.rtc.close().is_ok() { State::Closing } else { State::Ended };
    }

    fn on_event(&mut self, event: str0m::Event) {
        use str0m::Event as E;
        match event {
            E::KeyframeRequest(request) => self.outputs.push_back(LegOutput::KeyframeRequest(request)),
            E::Connected => self.connected(),
            E::IceConnectionStateChange(state) => self.on_ice(state),
            E::PeerStats(stats) => self.round.peer(&stats),
            E::MediaIngressStats(stats) => self.round.ingress(&stats, &self.audio_clocks),
            E::MediaEgressStats(stats) => self.round.egress(&stats, &self.audio_clocks),
            E::Closed => self.on_closed(),
            // Non-exhaustive in str0m; data channels and the like mean nothing here.
            _ => {}
        }
    }

    /// A page that is reloaded closes its transport, and may claim its call a moment later.
    fn on_closed(&mut self) {
        if matches!(self.state, State::New { .. } | State::Connecting { .. } | State::Connected) {
            self.disconnected();
        }
    }

    fn on_ice(&mut self, ice: IceConnectionState) {
        let up = matches!(ice, IceConnectionState::Connected | IceConnectionState::Completed);
        match self.state {
            State::Connected if ice == IceConnectionState::Disconnected => self.disconnected(),
            State::Disconnected { .. } if up => self.connected(),
            State::New { .. }
            | State::Connecting { .. }
            | State::Connected
            | State::Disconnected { .. }
            | State::Closing
            | State::Ended => {}
        }
    }

    fn disconnected(&mut self) {
        self.state = State::Disconnected { until: self.now + DISCONNECTED_TIMEOUT };
        self.outputs.push_back(LegOutput::Disconnected);
    }

    fn connected(&mut self) {
        if self.state != State::Closing {
            self.state = State::Connected;
            self.outputs.push_back(LegOutput::Connected);
        }
    }

    /// Ends the leg; what was still to be sent is not.
    pub fn fail(&mut self, detail: &str) {
        if self.is_ended() {
            return;
        }
        let silent = self.state == State::Closing;
        self.state = State::Ended;
        if !silent {
            self.outputs.push_back(LegOutput::Failed(detail.into()));
        }
    }
}
