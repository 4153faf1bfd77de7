//! One WebRTC peer (RFC 8829), the far end of an RTCPeerConnection that made the offer.
//! Its shell is `actors::media::worker`.

use std::collections::VecDeque;
use std::time::Instant;

use crate::dtmf::ToneEvent;
use crate::echo::Echo;
use crate::leg::{Leg, LegOutput};
use crate::limits::{CONNECT_TIMEOUT, SHORTEST_TIMER};
use crate::offer::OfferError;
use crate::{BadDatagram, Command, Event, Input, Kind, Output, Setup};

/// One peer. `handle`, then `poll` until `None`.
pub struct Peer {
    leg: Leg,
    echo: Echo,
    now: Instant,
    outputs: VecDeque<Output>,
}

impl Peer {
    /// A peer that waits for its first offer. Give it an [`Input::Timeout`] to learn until when.
    pub fn new(now: Instant, setup: &Setup) -> Self {
        let rtc = crate::rtc::build(&setup.certificate, now);
        let leg = Leg::new(now, rtc, &setup.candidates, Some(CONNECT_TIMEOUT));
        let echo = match setup.kind {
            Kind::Echo => Echo::new(setup.seed),
        };
        Self { leg, echo, now, outputs: VecDeque::new() }
    }

    /// Whether the peer is over: nothing it is told has an effect any more.
    pub fn is_ended(&self) -> bool {
        self.leg.is_ended()
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
        self.leg.at(now);
        match input {
            Input::Datagram { source, destination, bytes } => return self.leg.datagram(source, destination, bytes),
            Input::Timeout => self.timeout(),
            Input::Command(Command::Offer(sdp)) => self.offer(&sdp),
            Input::Command(Command::Close) => {
                self.outputs.clear();
                self.leg.close();
            }
        }
        Ok(())
    }

    /// The next thing the peer wants, `None` when it wants nothing more for now.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            match self.leg.poll()? {
                LegOutput::Transmit { source, destination, bytes } => {
                    return Some(Output::Transmit { source, destination, bytes });
                }
                LegOutput::Ufrag(ufrag) => return Some(Output::Ufrag(ufrag)),
                LegOutput::Validated { address, dropped } => return Some(Output::Validated { address, dropped }),
                LegOutput::Connected => return Some(Output::Event(Event::Connected)),
                LegOutput::Disconnected => return Some(Output::Event(Event::Disconnected)),
                LegOutput::Failed(detail) => return Some(Output::Event(Event::Failed { detail })),
                LegOutput::Stats(stats) => return Some(Output::Event(Event::Stats(stats))),
                LegOutput::Wake(at) => return Some(Output::Wake(self.soonest(at))),
                LegOutput::Rtp(packet) => {
                    let tone = self.echo.receive(&mut self.leg, self.now, &packet);
                    tone.into_iter().for_each(|tone| self.tone(tone));
                }
                LegOutput::KeyframeRequest(request) => self.echo.keyframe_request(&mut self.leg, &request),
            }
        }
    }

    fn soonest(&self, at: Instant) -> Instant {
        let deadline = self.echo.deadline().map(|deadline| deadline.max(self.now + SHORTEST_TIMER));
        deadline.map_or(at, |deadline| deadline.min(at))
    }

    fn timeout(&mut self) {
        let tones: Vec<ToneEvent> = self.echo.timeout(self.now).collect();
        tones.into_iter().for_each(|tone| self.tone(tone));
        self.leg.timeout();
    }

    fn offer(&mut self, sdp: &str) {
        let answer = self.leg.check(sdp).and_then(|checked| self.leg.accept(checked));
        match answer {
            Ok(sdp) => {
                self.echo.renegotiated();
                self.outputs.push_back(Output::Event(Event::Answer { sdp }));
            }
            Err(error) if self.leg.is_new() || error == OfferError::Contradiction => self.leg.fail(&error.to_string()),
            Err(error) => self.outputs.push_back(Output::Event(Event::Refused { detail: error.to_string() })),
        }
    }

    fn tone(&mut self, tone: ToneEvent) {
        let event = Event::Dtmf { digit: tone.digit, duration: tone.duration };
        self.outputs.push_back(Output::Event(event));
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("ended", &self.is_ended()).finish_non_exhaustive()
    }
}
