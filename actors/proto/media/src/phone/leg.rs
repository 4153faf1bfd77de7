//! [`PhoneLeg`]: descriptions and datagrams of one phone.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use sdp::Direction;
use sdp::plain::Format;
use sdp::plain::formats::ways;

use super::keys::Keys;
use super::negotiation::{Negotiation, Outcome};
use super::path::Path;
use super::protection::Floor;
use super::secrets::Secrets;
use super::stream::{self, Stream};
use super::{Agreement, Input, Medium, Output, Packet, PhoneSetup, Received, Refusal, Socket, rtp};
use crate::dtmf::Digits;
use crate::{Certificate, Stats};

/// The phone's leg. `handle` and the verbs, then `poll` until `None`.
#[derive(Debug)]
pub struct PhoneLeg {
    setup: PhoneSetup,
    secrets: Secrets,
    /// Of DTLS; without it none is agreed on.
    certificate: Option<Certificate>,
    /// Where the phone's last description came from.
    signalled: Option<IpAddr>,
    negotiation: Negotiation,
    /// Of another dialog, until it is agreed on.
    fresh: Option<Negotiation>,
    /// Of the dialog before, until anything else is offered.
    before: Option<(Negotiation, stream::Before, stream::Before)>,
    dialogs: u64,
    /// Says that audio and video are of one source (RFC 7022), and nothing else.
    cname: String,
    audio: Stream,
    video: Stream,
    /// Pressed by the phone.
    digits: Digits,
    /// Pressed by us.
    keys: Keys,
    silent_at: Option<Instant>,
    /// The last [`Output::Wake`].
    wake: Option<Instant>,
    /// Datagrams dropped.
    dropped: u64,
    outputs: VecDeque<Output>,
}

impl PhoneLeg {
    /// How long a phone that should send may be silent.
    pub const SILENCE: Duration = Duration::from_secs(30);

    /// A leg that waits for an offer of either side.
    pub fn new(setup: PhoneSetup) -> PhoneLeg {
        let secrets = Secrets::new(&setup.entropy);
        PhoneLeg {
            negotiation: Negotiation::new(&setup, &secrets, 0, Floor::new(setup.policy.srtp)),
            certificate: None,
            signalled: None,
            fresh: None,
            before: None,
            dialogs: 0,
            cname: secrets.cname(),
            audio: Stream::new(Medium::Audio, secrets.number("audio", 0) as u32),
            video: Stream::new(Medium::Video, secrets.number("video", 0) as u32),
            digits: Digits::default(),
            keys: Keys::default(),
            silent_at: None,
            wake: None,
            dropped: 0,
            outputs: VecDeque::new(),
            secrets,
            setup,
        }
    }

    /// With an identity for DTLS-SRTP (RFC 5764); without one it is neither offered nor taken.
    #[must_use]
    pub fn identified(mut self, certificate: &Certificate) -> PhoneLeg {
        self.certificate = Some(certificate.clone());
        self.negotiation.identify(certificate);
        self
    }

    /// The phone's next description came from this host: where it names an address that cannot be reached from
    /// here, media is believed from there.
    pub fn signalled(&mut self, from: IpAddr) {
        self.signalled = Some(from);
    }

    /// Makes our offer. `fresh`: for another SIP dialog, whose answer takes the leg.
    pub fn describe(&mut self, audio: Direction, video: Option<Direction>, fresh: bool) -> Result<String, Refusal> {
        let (sdp, ice) = self.begin(fresh).describe(audio, video)?;
        for (medium, ours) in ice {
            self.stream(medium).prepare(&ours);
        }
        Ok(sdp)
    }

    /// Checks and keeps the phone's offer; nothing is applied. Returns its directions.
    pub fn offered(&mut self, sdp: &str, fresh: bool) -> Result<(Direction, Option<Direction>), Refusal> {
        self.begin(fresh).offered(sdp)
    }

    /// Answers the kept offer, with the directions we allow; it is in force.
    pub fn accept(
        &mut self,
        now: Instant,
        audio: Direction,
        video: Option<Direction>,
    ) -> Result<(String, Agreement), Refusal> {
        let (sdp, outcome) = self.pending().accept(audio, video)?;
        Ok((sdp, self.apply(now, outcome)))
    }

    /// Takes the answer to our offer; it may come again, the last one counts.
    pub fn answered(&mut self, now: Instant, sdp: &str) -> Result<Agreement, Refusal> {
        let outcome = self.pending().answered(sdp)?;
        Ok(self.apply(now, outcome))
    }

    /// Forgets the pending offer of either direction. If it is agreed on already and another dialog has taken the leg by
    /// it, the dialog before has it again: what is in force then.
    pub fn rollback(&mut self, now: Instant) -> Option<Agreement> {
        self.fresh = None;
        if let Some((negotiation, audio, video)) = self.before.take() {
            self.negotiation = negotiation;
            self.audio.restore(now, audio);
            self.video.restore(now, video);
            self.watch(now);
            self.flush();
            self.schedule();
            return self.agreement();
        }
        self.negotiation.rollback();
        None
    }

    fn agreement(&self) -> Option<Agreement> {
        let streams = [&self.audio, &self.video];
        let secured = streams.iter().all(|stream| stream.agreed.is_none() || stream.rtp.is_secured());
        Some(Agreement { audio: self.audio.agreed.clone()?, video: self.video.agreed.clone(), secured })
    }

    fn begin(&mut self, fresh: bool) -> &mut Negotiation {
        self.before = None;
        if fresh {
            self.dialogs += 1;
            let floor = self.negotiation.floor();
            let fresh = self.fresh.insert(Negotiation::new(&self.setup, &self.secrets, self.dialogs, floor));
            self.certificate.iter().for_each(|certificate| fresh.identify(certificate));
            return fresh;
        }
        &mut self.negotiation
    }

    fn pending(&mut self) -> &mut Negotiation {
        self.fresh.as_mut().unwrap_or(&mut self.negotiation)
    }

    fn apply(&mut self, now: Instant, outcome: Outcome) -> Agreement {
        if let Some(fresh) = self.fresh.take() {
            let negotiation = std::mem::replace(&mut self.negotiation, fresh);
            let is_first = self.audio.agreed.is_none();
            let (audio, video) = (self.audio.set_aside(), self.video.set_aside());
            self.before = (!is_first).then_some((negotiation, audio, video));
        }
        let agreement = Agreement {
            audio: outcome.audio.agreed.clone(),
            video: outcome.video.as_ref().map(|video| video.agreed.clone()),
            secured: outcome.is_secured(),
        };
        let (signalled, certificate) = (self.signalled, self.certificate.as_ref());
        self.audio.install(now, Some(outcome.audio), signalled, certificate);
        self.video.install(now, outcome.video, signalled, certificate);
        self.watch(now);
        self.flush();
        self.schedule();
        agreement
    }

    /// Takes a datagram or the time. What is not right is counted and dropped.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        let was_connected = self.audio.rtp.is_connected();
        match input {
            Input::Datagram { socket, source, bytes } => self.datagram(now, socket, source, bytes),
            Input::Timeout => self.timeout(now),
        }
        if !was_connected && self.audio.rtp.is_connected() {
            self.outputs.push_front(Output::Connected);
        }
        self.flush();
        self.schedule();
    }

    /// Tells by the first byte what it is (RFC 7983 section 7).
    fn datagram(&mut self, now: Instant, socket: Socket, source: SocketAddr, bytes: &[u8]) {
        let medium = socket.medium();
        let is_taken = match bytes.first() {
            Some(0..=3) => {
                let may_come = self.setup.addresses.permits(source.ip());
                may_come && self.path(socket).take_stun(now, source, bytes)
            }
            Some(20..=63) => self.path(socket).take_dtls(now, source, bytes),
            Some(_) if socket.is_rtcp() || rtp::is_rtcp(bytes) => self.receive_rtcp(now, medium, source, bytes),
            Some(_) => self.receive(now, medium, source, bytes),
            None => false,
        };
        self.dropped += u64::from(!is_taken);
    }

    fn path(&mut self, socket: Socket) -> &mut Path {
        let stream = self.stream(socket.medium());
        if socket.is_rtcp() { &mut stream.rtcp } else { &mut stream.rtp }
    }

    /// Sends what handshakes and checks led to.
    fn flush(&mut self) {
        let (audio, video) = (&mut self.audio, &mut self.video);
        let paths = [
            (Socket::Audio, &mut audio.rtp),
            (Socket::AudioRtcp, &mut audio.rtcp),
            (Socket::Video, &mut video.rtp),
            (Socket::VideoRtcp, &mut video.rtcp),
        ];
        for (socket, path) in paths {
            let transmit = |(destination, bytes)| Output::Transmit { socket, destination, bytes };
            self.outputs.extend(path.sent().map(transmit));
        }
    }

    fn receive(&mut self, now: Instant, medium: Medium, source: SocketAddr, bytes: &[u8]) -> bool {
        let Some(packet) = self.stream(medium).receive(now, source, bytes) else { return false };
        self.watch(now);
        if let Some(clock_hz) = self.event_clock(&packet) {
            let tone = self.digits.receive(now, packet.timestamp, clock_hz, &packet.payload);
            self.outputs.extend(tone.map(|t| Output::Dtmf { digit: t.digit, duration: t.duration }));
        }
        self.outputs.push_back(Output::Rtp(packet));
        true
    }

    fn receive_rtcp(&mut self, now: Instant, medium: Medium, source: SocketAddr, bytes: &[u8]) -> bool {
        let Some(heard) = self.stream(medium).receive_rtcp(now, source, bytes) else { return false };
        self.watch(now);
        if heard.keyframe && medium == Medium::Video {
            self.outputs.push_back(Output::KeyframeRequest);
        }
        true
    }

    /// The clock of a packet that is a key press.
    fn event_clock(&self, packet: &Received) -> Option<u32> {
        let formats = &self.audio.agreed.as_ref().filter(|_| packet.medium == Medium::Audio)?.formats;
        let format = formats.iter().find(|format| format.payload_type == packet.payload_type)?;
        format.is_telephone_event().then_some(format.clock_hz)
    }

    /// Sends a packet. Where nothing may be sent, as while a key is pressed, its number is
    /// given to the next one.
    pub fn send(&mut self, now: Instant, medium: Medium, packet: &Packet<'_>) {
        let (socket, is_pressed) = match medium {
            Medium::Audio => (Socket::Audio, self.keys.is_pressed()),
            Medium::Video => (Socket::Video, false),
        };
        let stream = self.stream(medium);
        if is_pressed {
            stream.skip(packet.sequence);
        } else if let Some((destination, bytes)) = stream.write(now, packet) {
            self.outputs.push_back(Output::Transmit { socket, destination, bytes });
        }
    }

    /// Presses a key (RFC 4733) behind those that wait. Its packets stand in the numbers of the
    /// audio: later audio is numbered behind them. `held` is brought into 40 ms to 6 s.
    /// `false`: the phone takes no events or nothing now, it is no key, or 64 wait already.
    pub fn send_dtmf(&mut self, now: Instant, digit: char, held: Duration) -> bool {
        let sends = self.audio.agreed.as_ref().is_some_and(|agreed| ways(agreed.direction).0);
        let taken = sends && self.event_format().is_some() && self.keys.press(now, digit, held);
        if taken {
            self.send_keys(now);
            self.schedule();
        }
        taken
    }

    /// Payload type and clock of the events we send: those of the codec's clock, else any.
    fn event_format(&self) -> Option<(u8, u32)> {
        let agreed = self.audio.agreed.as_ref()?;
        let clock_hz = agreed.codec()?.clock_hz;
        let fits = |format: &&Format| format.is_telephone_event() && format.clock_hz == clock_hz;
        let format = agreed.formats.iter().find(fits).or_else(|| agreed.telephone_event())?;
        Some((format.payload_type, format.clock_hz))
    }

    fn send_keys(&mut self, now: Instant) {
        let Some((payload_type, clock_hz)) = self.event_format() else { return };
        let timestamp = self.audio.clock(now, clock_hz);
        let Some(key) = self.keys.due(now, timestamp, clock_hz) else { return };
        if let Some((destination, bytes)) = self.audio.insert(now, payload_type, &key) {
            self.outputs.push_back(Output::Transmit { socket: Socket::Audio, destination, bytes });
        }
    }

    /// Asks the phone for a keyframe (PLI), once video came.
    pub fn request_keyframe(&mut self, now: Instant) {
        if self.video.reports.source().is_some() {
            self.report(now, Medium::Video, true);
        }
    }

    fn report(&mut self, now: Instant, medium: Medium, keyframe: bool) {
        let cname = self.cname.clone();
        let stream = self.stream(medium);
        let socket = match (medium, stream.rtcp_mux) {
            (Medium::Audio, true) => Socket::Audio,
            (Medium::Audio, false) => Socket::AudioRtcp,
            (Medium::Video, true) => Socket::Video,
            (Medium::Video, false) => Socket::VideoRtcp,
        };
        if let Some((destination, bytes)) = stream.report(now, &cname, keyframe) {
            self.outputs.push_back(Output::Transmit { socket, destination, bytes });
        }
    }

    /// Totals and the newest reports. Jitter and loss are those of the audio.
    pub fn stats(&self) -> Stats {
        let (audio, video) = (&self.audio.reports, &self.video.reports);
        let clock_hz = self.audio.clock_hz();
        let time = |jitter: u32| Duration::from_micros(u64::from(jitter) * 1_000_000 / u64::from(clock_hz.max(1)));
        Stats {
            packets_in: audio.received.0 + video.received.0,
            packets_out: audio.sent.0 + video.sent.0,
            bytes_in: audio.received.1 + video.received.1,
            bytes_out: audio.sent.1 + video.sent.1,
            loss_in: audio.quality().map(|(loss, _)| loss),
            loss_out: audio.block.map(|block| f32::from(block.fraction_lost) / 256.0),
            jitter_in: audio.quality().map(|(_, jitter)| time(jitter)),
            jitter_out: audio.block.map(|block| time(block.jitter)),
            rtt: audio.round_trip,
        }
    }

    /// The next thing it wants or has seen.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Datagrams dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn stream(&mut self, medium: Medium) -> &mut Stream {
        match medium {
            Medium::Audio => &mut self.audio,
            Medium::Video => &mut self.video,
        }
    }

    /// Something came, or something else was agreed on: silence is counted from now.
    fn watch(&mut self, now: Instant) {
        self.silent_at = self.audio.expects().then(|| now + Self::SILENCE);
    }

    fn timeout(&mut self, now: Instant) {
        self.wake = None;
        let tone = self.digits.timeout(now);
        self.outputs.extend(tone.map(|tone| Output::Dtmf { digit: tone.digit, duration: tone.duration }));
        self.send_keys(now);
        for medium in [Medium::Audio, Medium::Video] {
            if self.stream(medium).reports.is_due(now) {
                self.report(now, medium, false);
            }
            let stream = self.stream(medium);
            stream.rtp.timeout(now);
            stream.rtcp.timeout(now);
        }
        if self.silent_at.is_some_and(|at| now >= at) {
            let (trouble, has_keys) = (self.audio.rtp.trouble(), self.audio.rtp.has_keys());
            // They may still come: only the owner knows whether the call is answered already.
            self.silent_at = (!has_keys).then(|| now + Self::SILENCE);
            self.outputs.push_back(match has_keys {
                true => Output::Silent(trouble.unwrap_or("no RTP and no RTCP from the phone")),
                false => Output::NoKeys(trouble.unwrap_or("there are no keys for the phone's media")),
            });
        }
    }

    /// Asks to be woken where the last time asked for is too late. An earlier one does no harm.
    fn schedule(&mut self) {
        let (audio, video) = (self.audio.reports.deadline(), self.video.reports.deadline());
        let deadlines = [self.silent_at, self.digits.deadline(), self.keys.deadline(), audio, video];
        let paths = [&self.audio.rtp, &self.audio.rtcp, &self.video.rtp, &self.video.rtcp].map(Path::deadline);
        let Some(next) = deadlines.into_iter().chain(paths).flatten().min() else { return };
        if self.wake.is_none_or(|wake| next < wake) {
            self.wake = Some(next);
            self.outputs.push_back(Output::Wake(next));
        }
    }
}
