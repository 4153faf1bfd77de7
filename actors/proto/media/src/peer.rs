//! One WebRTC peer (RFC 8829), the far end of an RTCPeerConnection that made the offer.
//! Its shell is `actors::media::worker`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, IceConnectionState, Rtc};

use crate::dtmf::ToneEvent;
use crate::echo::Echo;
use crate::limits::{ADDRESSES, CONNECT_TIMEOUT, DISCONNECTED_TIMEOUT, EVENTS, SHORTEST_TIMER};
use crate::offer::{self, OfferError, Section};
use crate::stats::Round;
use crate::{BadDatagram, Command, Event, Input, Kind, Output, Setup, stun};

/// ```text
///        offer            DTLS up             consent lost
///  New ────────► Connecting ───► Connected ◄───────────────► Disconnected
///   │ timeout        │ timeout                 checks answered     │ timeout
///   └────────────────┴─────────────► Ended ◄──────────────────────┘
/// ```
/// The far end's close_notify and a fatal DTLS error lead from anywhere to Ended, `close`
/// too, by way of Closing while the goodbye is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New { until: Instant },
    Connecting { until: Instant },
    Connected,
    Disconnected { until: Instant },
    Closing,
    Ended,
}

/// One peer. `handle`, then `poll` until `None`.
pub struct Peer {
    rtc: Rtc,
    echo: Echo,
    state: State,
    now: Instant,
    sections: Vec<Section>,
    ufrag: String,
    validated: Vec<SocketAddr>,
    outputs: VecDeque<Output>,
    round: Round,
    /// A packet was written that str0m sends at its next time step only.
    wrote: bool,
    /// `Wake` is owed at the end of this poll.
    wake: bool,
}

impl Peer {
    /// A peer that waits for its first offer. Give it an [`Input::Timeout`] to learn until when.
    pub fn new(now: Instant, setup: &Setup) -> Self {
        let mut rtc = crate::rtc::build(&setup.certificate, now);
        for address in &setup.candidates {
            match Candidate::host(*address, Protocol::Udp) {
                Ok(candidate) => {
                    rtc.add_local_candidate(candidate);
                }
                Err(error) => log::warn!("host candidate {address}: {error}"),
            }
        }
        let echo = match setup.kind {
            Kind::Echo => Echo::new(setup.seed),
        };
        Self {
            rtc,
            echo,
            state: State::New { until: now + CONNECT_TIMEOUT },
            now,
            sections: Vec::new(),
            ufrag: String::new(),
            validated: Vec::new(),
            outputs: VecDeque::new(),
            round: Round::default(),
            wrote: false,
            wake: true,
        }
    }

    /// Whether the peer is over: nothing it is told has an effect any more.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    fn is_new(&self) -> bool {
        matches!(self.state, State::New { .. })
    }

    /// Tells the peer what happened. Poll until `None` before the next call: str0m holds one
    /// received packet and drops it for the next.
    ///
    /// # Errors
    /// The datagram is dropped; the peer goes on.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) -> Result<(), BadDatagram> {
        if self.is_ended() {
            return Ok(());
        }
        self.now = self.now.max(now);
        self.wake = true;
        match input {
            Input::Datagram { source, destination, bytes } => return self.datagram(source, destination, bytes),
            Input::Timeout => self.timeout(),
            Input::Command(Command::Offer(sdp)) => self.offer(&sdp),
            Input::Command(Command::Close) => self.close(),
        }
        Ok(())
    }

    /// The next thing the peer wants, `None` when it wants nothing more for now.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            if self.is_ended() {
                return None;
            }
            match self.rtc.poll_output() {
                Ok(str0m::Output::Transmit(t)) => {
                    let (source, destination) = (t.source, t.destination);
                    return Some(Output::Transmit { source, destination, bytes: t.contents.into() });
                }
                Ok(str0m::Output::Event(event)) => self.on_event(event),
                Ok(str0m::Output::Timeout(_)) if self.wrote => self.step(),
                Ok(str0m::Output::Timeout(at)) => return self.drained(at),
                Err(error) => self.fail(&error.to_string()),
            }
        }
    }

    /// Moves str0m's clock: it sends what was written.
    fn step(&mut self) {
        self.wrote = false;
        if let Err(error) = self.rtc.handle_input(str0m::Input::Timeout(self.now)) {
            self.fail(&error.to_string());
        }
    }

    /// str0m wants nothing more until `at`.
    fn drained(&mut self, at: Instant) -> Option<Output> {
        if self.state == State::Closing {
            self.state = State::Ended;
            return None;
        }
        if let Some(stats) = self.round.finish().filter(|_| self.outputs.len() < EVENTS) {
            return Some(Output::Event(Event::Stats(stats)));
        }
        if !std::mem::take(&mut self.wake) {
            return None;
        }
        let until = match self.state {
            State::New { until } | State::Connecting { until } | State::Disconnected { until } => Some(until),
            State::Connected | State::Closing | State::Ended => None,
        };
        let soonest = [until, self.echo.deadline()].into_iter().flatten().fold(at, Instant::min);
        Some(Output::Wake(soonest.max(self.now + SHORTEST_TIMER)))
    }

    fn timeout(&mut self) {
        let tones: Vec<ToneEvent> = self.echo.timeout(self.now).collect();
        tones.into_iter().for_each(|tone| self.tone(tone));
        match self.state {
            State::New { until } if self.now >= until => self.fail("no offer came in time"),
            State::Connecting { until } if self.now >= until => {
                self.fail("no connection: no valid ICE check or DTLS handshake came in time")
            }
            State::Disconnected { until } if self.now >= until => self.fail("the far end stayed unreachable"),
            State::New { .. } | State::Connecting { .. } | State::Connected | State::Disconnected { .. } => self.step(),
            State::Closing | State::Ended => {}
        }
    }

    fn datagram(&mut self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> Result<(), BadDatagram> {
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
        self.outputs.push_back(Output::Validated { address, dropped });
    }

    fn offer(&mut self, sdp: &str) {
        match self.negotiate(sdp) {
            Ok(answer) => {
                self.echo.renegotiated();
                if self.is_new() {
                    self.state = State::Connecting { until: self.now + CONNECT_TIMEOUT };
                }
                self.tell_ufrag();
                self.event(Event::Answer { sdp: answer });
            }
            Err(error) if self.is_new() || error == OfferError::Contradiction => self.fail(&error.to_string()),
            Err(error) => self.event(Event::Refused { detail: error.to_string() }),
        }
    }

    fn negotiate(&mut self, sdp: &str) -> Result<String, OfferError> {
        let checked = offer::check(sdp, &self.sections)?;
        let offer = SdpOffer::from_sdp_string(&checked.sdp).map_err(|error| OfferError::Syntax(error.to_string()))?;
        // DTLS starts with str0m's last known time.
        self.step();
        // str0m asserts that no payload type is used twice (`Pt locked multiple times`).
        let answer = catch_unwind(AssertUnwindSafe(|| self.rtc.sdp_api().accept_offer(offer)));
        let answer = answer.map_err(|_| OfferError::Contradiction)?;
        let answer = answer.map_err(|error| OfferError::Negotiation(error.to_string()))?;
        self.sections = checked.sections;
        Ok(answer.to_sdp_string())
    }

    fn tell_ufrag(&mut self) {
        let ufrag = self.rtc.direct_api().local_ice_credentials().ufrag;
        if ufrag != self.ufrag {
            self.ufrag.clone_from(&ufrag);
            self.outputs.push_back(Output::Ufrag(ufrag));
        }
    }

    fn close(&mut self) {
        self.outputs.clear();
        // Before DTLS is up there is nobody to say goodbye to.
        let farewell = matches!(self.state, State::Connected | State::Disconnected { .. });
        self.state = if farewell && self.rtc.close().is_ok() { State::Closing } else { State::Ended };
    }

    fn on_event(&mut self, event: str0m::Event) {
        use str0m::Event as E;
        match event {
            E::RtpPacket(packet) => {
                let echoed = self.echo.receive(&mut self.rtc, self.now, &packet);
                self.wrote |= echoed.wrote;
                echoed.tone.into_iter().for_each(|tone| self.tone(tone));
            }
            E::KeyframeRequest(request) => self.echo.keyframe_request(&mut self.rtc, &request),
            E::Connected => self.connected(),
            E::IceConnectionStateChange(state) => self.on_ice(state),
            E::PeerStats(stats) => self.round.peer(&stats),
            E::MediaIngressStats(stats) => self.round.ingress(&stats, self.echo.audio_clocks()),
            E::MediaEgressStats(stats) => self.round.egress(&stats, self.echo.audio_clocks()),
            E::Closed => self.on_closed(),
            // Non-exhaustive in str0m; data channels and the like mean nothing to an echo.
            _ => {}
        }
    }

    /// A page that is reloaded closes its transport, and may claim its call a moment later.
    fn on_closed(&mut self) {
        if matches!(self.state, State::New { .. } | State::Connecting { .. } | State::Connected) {
            self.state = State::Disconnected { until: self.now + DISCONNECTED_TIMEOUT };
            self.event(Event::Disconnected);
        }
    }

    fn on_ice(&mut self, ice: IceConnectionState) {
        let up = matches!(ice, IceConnectionState::Connected | IceConnectionState::Completed);
        match self.state {
            State::Connected if ice == IceConnectionState::Disconnected => {
                self.state = State::Disconnected { until: self.now + DISCONNECTED_TIMEOUT };
                self.event(Event::Disconnected);
            }
            State::Disconnected { .. } if up => self.connected(),
            State::New { .. }
            | State::Connecting { .. }
            | State::Connected
            | State::Disconnected { .. }
            | State::Closing
            | State::Ended => {}
        }
    }

    fn connected(&mut self) {
        if self.state != State::Closing {
            self.state = State::Connected;
            self.event(Event::Connected);
        }
    }

    fn tone(&mut self, tone: ToneEvent) {
        self.event(Event::Dtmf { digit: tone.digit, duration: tone.duration });
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Ends the peer; what was still to be sent is not.
    fn fail(&mut self, detail: &str) {
        if self.is_ended() {
            return;
        }
        let silent = self.state == State::Closing;
        self.state = State::Ended;
        if !silent {
            self.event(Event::Failed { detail: detail.into() });
        }
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("state", &self.state).finish_non_exhaustive()
    }
}
