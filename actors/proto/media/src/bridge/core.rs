//! [`Bridge`]: commands, and the one cycle of `handle` and `poll`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sdp::Direction;
use sdp::plain::{Session, formats};
use str0m::format::Codec;
use str0m::media::MediaKind;

use super::browser::{Browser, Replaced};
use super::pictures::Pictures;
use super::relay::Relay;
use super::{Command, Event, Input, Output, PhonePolicy, Record, Setup, Side};
use crate::BadDatagram;
use crate::dtmf::ToneEvent;
use crate::leg::{Format, LegOutput, Wanted, without_video};
use crate::limits::SHORTEST_TIMER;
use crate::phone::{self, Agreement, Medium, PhoneLeg};

/// A browser and a phone, joined. `handle`, then `poll` until `None`.
pub struct Bridge {
    browser: Browser,
    phone: PhoneLeg,
    relay: Relay,
    pictures: Pictures,
    policy: PhonePolicy,
    /// The codec of an offer of the phone's that is not accepted yet.
    offered_codec: Option<String>,
    /// What our last description in force lets the phone do: what we answer with, too.
    allowed: (Direction, Option<Direction>),
    /// The same of one that waits for its answer.
    described: Option<(Direction, Option<Direction>)>,
    now: Instant,
    browser_wake: Option<Instant>,
    phone_wake: Option<Instant>,
    wake: bool,
    closing: bool,
    ended: bool,
    outputs: VecDeque<Output>,
}

impl Bridge {
    /// A bridge that waits for its first command.
    pub fn new(now: Instant, setup: Setup) -> Bridge {
        let policy = setup.phone.policy.clone();
        let ptime = Duration::from_millis(u64::from(policy.ptime_ms));
        Bridge {
            phone: PhoneLeg::new(setup.phone).identified(&setup.certificate),
            browser: Browser::new(now, setup.candidates, setup.certificate),
            relay: Relay::new(setup.seed, ptime),
            pictures: Pictures::new(setup.seed.rotate_left(41)),
            allowed: (Direction::SendRecv, policy.video.then_some(Direction::SendRecv)),
            policy,
            described: None,
            offered_codec: None,
            now,
            browser_wake: None,
            phone_wake: None,
            wake: false,
            closing: false,
            ended: false,
            outputs: VecDeque::new(),
        }
    }

    /// Whether it is over: nothing it is told has an effect any more.
    pub fn is_ended(&self) -> bool {
        self.ended && self.outputs.is_empty()
    }

    /// Tells the bridge what happened. Poll until `None` before the next call.
    ///
    /// # Errors
    /// The browser's datagram is dropped; the bridge goes on. The phone's are counted by its leg.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) -> Result<(), BadDatagram> {
        if self.ended {
            return Ok(());
        }
        self.now = self.now.max(now);
        self.wake = true;
        self.browser.at(self.now);
        match input {
            Input::Browser { source, destination, bytes } => {
                return self.browser.datagram(source, destination, bytes);
            }
            Input::Phone { socket, source, bytes } => {
                self.phone.handle(self.now, phone::Input::Datagram { socket, source, bytes });
            }
            Input::Timeout => self.timeout(),
            Input::Command(command) => self.command(command),
        }
        Ok(())
    }

    fn timeout(&mut self) {
        self.browser.timeout();
        if self.phone_wake.is_some_and(|at| self.now >= at) {
            self.phone_wake = None;
            self.phone.handle(self.now, phone::Input::Timeout);
        }
        let tone = self.relay.timeout(self.now, &mut self.browser.leg, &mut self.phone);
        self.pressed(tone);
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Offered { side, sdp, fresh } => self.offered(side, &sdp, fresh),
            Command::Accept { side } => self.accept(side),
            Command::Describe { side, audio, video, fresh } => self.describe(side, (audio, video), fresh),
            Command::Answered { side, sdp } => self.answered(side, &sdp),
            Command::Signalled { from } => self.phone.signalled(from),
            Command::Rollback { side: Side::Browser } => self.browser.rollback(),
            Command::Rollback { side: Side::Phone } => {
                self.offered_codec = None;
                self.described = None;
                if let Some(agreement) = self.phone.rollback(self.now) {
                    self.agreed(agreement);
                }
            }
            Command::Dtmf { digits, duration_ms } => {
                let held = Duration::from_millis(u64::from(duration_ms));
                if !digits.chars().all(|digit| self.phone.send_dtmf(self.now, digit, held)) {
                    let detail = "the phone takes no keys now".into();
                    self.outputs.push_back(Output::Event(Event::DtmfFailed { detail }));
                }
            }
            Command::Record(Record::Start | Record::Resume) => self.relay.tap.open(),
            Command::Record(Record::Pause | Record::Stop) => self.relay.tap.close(),
            Command::Candidate { .. } => {}
            Command::Close => self.close(),
        }
    }

    fn close(&mut self) {
        self.outputs.clear();
        self.closing = true;
        self.browser.rollback();
        self.browser.leg.close();
    }

    fn offered(&mut self, side: Side, sdp: &str, fresh: bool) {
        let offered = match side {
            Side::Browser => self.browser.offered(sdp, fresh),
            Side::Phone => self.phone.offered(sdp, fresh).map_err(|refusal| refusal.to_string()),
        };
        if side == Side::Phone && offered.is_ok() {
            self.offered_codec = first_codec(sdp, &self.policy);
        }
        self.tell(side, offered.map(|(audio, video)| Event::Offered { side, audio, video }));
    }

    fn accept(&mut self, side: Side) {
        let answer = match side {
            Side::Browser => self.accept_browser(),
            Side::Phone => {
                let (audio, video) = self.allowed;
                let video = video.filter(|_| self.browser.leg.mid(MediaKind::Video).is_some());
                let accepted = self.phone.accept(self.now, audio, video).map_err(|refusal| refusal.to_string());
                accepted.map(|(sdp, agreement)| (sdp, self.agreed(agreement)))
            }
        };
        let event = answer.map(|(sdp, telephone_event)| Event::Answer { side, sdp, telephone_event });
        self.tell(side, event);
    }

    fn accept_browser(&mut self) -> Result<(String, bool), String> {
        let codecs = self.codecs();
        let (mut sdp, replaced) = self.browser.accept(&codecs)?;
        self.replaced(replaced);
        if !self.pictures.is_agreed() {
            sdp = without_video(&sdp);
        }
        Ok((sdp, self.browser_takes_keys()))
    }

    fn describe(&mut self, side: Side, directions: (Direction, Option<Direction>), fresh: bool) {
        let (audio, video) = directions;
        let offer = match side {
            Side::Browser => {
                let codecs = self.codecs();
                self.browser.describe(Wanted { audio, video }, fresh, &codecs)
            }
            Side::Phone => self.phone.describe(audio, video, fresh).map_err(|refusal| refusal.to_string()),
        };
        if side == Side::Phone && offer.is_ok() {
            self.described = Some((audio, video));
        }
        self.tell(side, offer.map(|sdp| Event::Offer { side, sdp }));
    }

    fn answered(&mut self, side: Side, sdp: &str) {
        let applied = match side {
            Side::Browser => self.browser.answered(sdp).map(|(directions, replaced)| {
                self.replaced(replaced);
                (directions, self.browser_takes_keys())
            }),
            Side::Phone => self.phone.answered(self.now, sdp).map_err(|refusal| refusal.to_string()).map(|agreement| {
                let audio = formats::reversed(agreement.audio.direction);
                let video = agreement.video.as_ref().map(|video| formats::reversed(video.direction));
                ((audio, video), self.agreed(agreement))
            }),
        };
        if side == Side::Phone && applied.is_ok() {
            // The answer of another fork may still come: the description is kept.
            self.allowed = self.described.unwrap_or(self.allowed);
        }
        let event =
            applied.map(|((audio, video), telephone_event)| Event::Applied { side, audio, video, telephone_event });
        self.tell(side, event);
    }

    /// Puts what was agreed on in force; whether the phone takes key presses.
    fn agreed(&mut self, agreement: Agreement) -> bool {
        let telephone_event = agreement.audio.telephone_event().is_some();
        self.offered_codec = None;
        self.pictures.agreed(&mut self.browser.leg, agreement.video.clone());
        self.relay.agreed(self.now, agreement);
        telephone_event
    }

    /// The codecs for the browser to prefer: the phone's, so that nothing need be transcoded.
    fn codecs(&self) -> Vec<sdp::plain::Format> {
        let named = |name: &str| sdp::plain::Format::new(0, name, 8000);
        match self.offered_codec.as_deref().or(self.relay.phone_codec()) {
            Some(first) => {
                [named(first), named("opus")].into_iter().chain(self.pictures.phone_codec().cloned()).collect()
            }
            None => self.policy.codecs.iter().map(|name| named(name)).collect(),
        }
    }

    fn browser_takes_keys(&self) -> bool {
        let leg = &self.browser.leg;
        leg.mid(MediaKind::Audio).is_some_and(|mid| Format::taken(&leg.rtc, mid, Codec::Tele).is_some())
    }

    fn replaced(&mut self, replaced: Option<Replaced>) {
        let Some(Replaced { goodbye, addresses }) = replaced else { return };
        self.relay.replaced();
        self.pictures.replaced(self.now, &mut self.phone);
        self.pictures.wanted_by_phone(&mut self.browser.leg);
        let datagram = |(source, destination, bytes)| Output::Browser { source, destination, bytes };
        self.outputs.extend(goodbye.into_iter().map(datagram));
        self.outputs.extend(addresses.into_iter().map(Output::Forget));
    }

    fn tell(&mut self, side: Side, outcome: Result<Event, String>) {
        let event = outcome.unwrap_or_else(|detail| Event::Refused { side, detail });
        self.outputs.push_back(Output::Event(event));
    }

    /// A key of the browser: its owner knows how such go on.
    fn pressed(&mut self, tone: Option<ToneEvent>) {
        let Some(ToneEvent { digit, duration }) = tone else { return };
        self.outputs.push_back(Output::Event(Event::Dtmf { side: Side::Browser, digit, duration }));
    }

    /// The next thing the bridge wants, `None` when it wants nothing more for now.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            if self.ended {
                return None;
            }
            if let Some(heard) = self.relay.tap.poll() {
                return Some(Output::Heard(heard));
            }
            if let Some(output) = self.phone.poll().filter(|_| !self.closing) {
                self.on_phone(output);
            } else if let Some(output) = self.browser.leg.poll() {
                self.on_browser(output);
            } else if let Some(output) = self.browser.poll_fresh() {
                self.on_fresh(output);
            } else if self.browser.leg.is_ended() {
                self.ended = true;
            } else {
                return self.soonest();
            }
        }
    }

    fn soonest(&mut self) -> Option<Output> {
        if !std::mem::take(&mut self.wake) {
            return None;
        }
        let deadlines = [self.browser_wake, self.phone_wake, self.relay.deadline()];
        let at = deadlines.into_iter().flatten().min()?;
        Some(Output::Wake(at.max(self.now + SHORTEST_TIMER)))
    }

    fn on_phone(&mut self, output: phone::Output) {
        use phone::Output as P;
        let side = Side::Phone;
        let event = match output {
            P::Transmit { socket, destination, bytes } => {
                return self.outputs.push_back(Output::Phone { socket, destination, bytes });
            }
            P::Rtp(packet) if packet.medium == Medium::Video => {
                self.pictures.phone_sent(self.now, &mut self.browser.leg, &mut self.phone, &packet);
                return;
            }
            P::Rtp(packet) => {
                self.relay.phone_sent(self.now, &mut self.browser.leg, &packet);
                return;
            }
            P::Wake(at) => {
                self.phone_wake = Some(at);
                return;
            }
            P::KeyframeRequest => return self.pictures.wanted_by_phone(&mut self.browser.leg),
            P::Dtmf { digit, duration } => Event::Dtmf { side, digit, duration },
            P::Connected => Event::Connected { side },
            P::Silent(detail) => Event::Silent { side, detail: detail.into() },
            P::NoKeys(detail) => Event::NoKeys { detail: detail.into() },
        };
        self.outputs.push_back(Output::Event(event));
    }

    fn on_browser(&mut self, output: LegOutput) {
        let side = Side::Browser;
        let output = match output {
            LegOutput::Rtp(packet) => {
                let (leg, phone) = (&mut self.browser.leg, &mut self.phone);
                self.pictures.browser_sent(self.now, leg, phone, &packet);
                let tone = self.relay.browser_sent(self.now, &mut self.browser.leg, &mut self.phone, &packet);
                return self.pressed(tone);
            }
            LegOutput::Wake(at) => {
                self.browser_wake = Some(at);
                return;
            }
            LegOutput::KeyframeRequest(_) => return self.phone.request_keyframe(self.now),
            LegOutput::Transmit { source, destination, bytes } => Output::Browser { source, destination, bytes },
            LegOutput::Ufrag(ufrag) => Output::Ufrag(ufrag),
            LegOutput::Validated { address, dropped } => Output::Validated { address, dropped },
            LegOutput::Connected => Output::Event(Event::Connected { side }),
            LegOutput::Disconnected => Output::Event(Event::Disconnected { side }),
            LegOutput::Failed(detail) => Output::Event(Event::Failed { detail }),
            LegOutput::Stats(stats) => {
                let phone = Event::Stats { side: Side::Phone, stats: self.phone.stats() };
                self.outputs.push_back(Output::Event(phone));
                Output::Event(Event::Stats { side, stats })
            }
        };
        self.outputs.push_back(output);
    }

    /// A leg that is not answered yet says how it is found, and answers checks.
    fn on_fresh(&mut self, output: LegOutput) {
        let output = match output {
            LegOutput::Transmit { source, destination, bytes } => Output::Browser { source, destination, bytes },
            LegOutput::Ufrag(ufrag) => Output::Ufrag(ufrag),
            LegOutput::Validated { address, dropped } => Output::Validated { address, dropped },
            LegOutput::Wake(at) => {
                self.browser_wake = Some(self.browser_wake.map_or(at, |wake| wake.min(at)));
                return;
            }
            LegOutput::Connected
            | LegOutput::Disconnected
            | LegOutput::Failed(_)
            | LegOutput::Stats(_)
            | LegOutput::Rtp(_)
            | LegOutput::KeyframeRequest(_) => return,
        };
        self.outputs.push_back(output);
    }
}

/// The phone's first codec that the network allows.
fn first_codec(sdp: &str, policy: &PhonePolicy) -> Option<String> {
    let session = Session::parse(sdp).ok()?;
    let audio = session.media.get(session.first("audio")?)?;
    let allowed = |name: &str| policy.codecs.iter().any(|codec| codec.eq_ignore_ascii_case(name));
    audio.formats.iter().find(|format| allowed(&format.name)).map(|format| format.name.clone())
}

impl std::fmt::Debug for Bridge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bridge").field("ended", &self.is_ended()).finish_non_exhaustive()
    }
}
