//! The sound of a bridge: packets of one side become packets of the other.

use std::time::{Duration, Instant};

use audio::Silence;
use sdp::plain::{Format as Plain, formats::ways};
use str0m::format::Codec;
use str0m::media::MediaKind;
use str0m::rtp::RtpPacket;

use crate::dtmf::{Digits, ToneEvent};
use crate::forward::{Forward, Source};
use crate::leg::{Format, Leg, Sound, send, stream_of};
use crate::phone::{Agreement, Medium, Packet, PhoneLeg, Received};

/// Packet times the browser may be silent before its place is filled.
const PATIENCE: u32 = 3;

/// Both directions of the sound.
#[derive(Debug)]
pub(super) struct Relay {
    to_phone: Forward,
    to_browser: Forward,
    /// Pressed in the browser.
    digits: Digits,
    agreement: Option<Agreement>,
    ptime: Duration,
    seed: u64,
    silence: Option<Silence>,
    fill_at: Option<Instant>,
}

impl Relay {
    pub fn new(seed: u64, ptime: Duration) -> Relay {
        Relay {
            to_phone: Forward::new(seed),
            to_browser: Forward::new(seed.rotate_left(17)),
            digits: Digits::default(),
            agreement: None,
            ptime,
            seed,
            silence: None,
            fill_at: None,
        }
    }

    /// What the phone speaks from now on.
    pub fn agreed(&mut self, now: Instant, agreement: Agreement) {
        let sends = ways(agreement.audio.direction).0;
        let codec = agreement.audio.codec().and_then(|format| audio::Codec::named(&format.name));
        self.silence = codec.filter(|_| sends).and_then(|codec| Silence::new(codec, self.ptime, self.seed).ok());
        self.agreement = Some(agreement);
        self.heard(now);
    }

    /// Another peer connection hears the phone: it has its own numbers.
    pub fn replaced(&mut self) {
        self.seed = self.seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        self.to_browser = Forward::new(self.seed);
    }

    /// The codec the phone prefers.
    pub fn phone_codec(&self) -> Option<&str> {
        Some(self.agreement.as_ref()?.audio.codec()?.name.as_str())
    }

    /// A packet of the browser. Returns the key press that it completes.
    pub fn from_browser(
        &mut self,
        now: Instant,
        leg: &mut Leg,
        phone: &mut PhoneLeg,
        packet: &RtpPacket,
    ) -> Option<ToneEvent> {
        let (mid, _) = stream_of(&mut leg.rtc, packet)?;
        if leg.mid(MediaKind::Audio) != Some(mid) {
            return None;
        }
        let format = Format::of(&leg.rtc, packet.header.payload_type)?;
        let source = Source {
            ssrc: *packet.header.ssrc,
            layer: None,
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            clock_rate: format.clock_rate,
        };
        if format.is_telephone_event() {
            self.to_phone.skip(&source);
            return self.digits.receive(now, source.timestamp, source.clock_rate, &packet.payload);
        }
        leg.set_audio_clock(mid, format.clock_rate);
        let Some(spoken) = self.spoken(format).filter(|_| !packet.payload.is_empty()) else {
            self.to_phone.skip(&source);
            return None;
        };
        let payload_type = spoken.payload_type;
        let position = self.to_phone.map(now, &source)?;
        let (sequence, timestamp, marker) = (position.sequence, position.timestamp, packet.header.marker);
        phone.send(now, Medium::Audio, &Packet { payload_type, sequence, timestamp, marker, payload: &packet.payload });
        self.heard(now);
        None
    }

    /// The phone's format for a codec of the browser.
    fn spoken(&self, format: Format) -> Option<&Plain> {
        let name = named(format.codec)?;
        self.agreement.as_ref()?.audio.formats.iter().find(|plain| plain.is(name))
    }

    /// A packet of the phone.
    pub fn from_phone(&mut self, now: Instant, leg: &mut Leg, packet: &Received) -> Option<()> {
        let mid = leg.mid(MediaKind::Audio).filter(|_| leg.is_connected())?;
        let plain = self.agreement.as_ref()?.audio.formats.iter().find(|f| f.payload_type == packet.payload_type)?;
        let source = Source {
            ssrc: packet.ssrc,
            layer: None,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            clock_rate: plain.clock_hz,
        };
        let format = codec(&plain.name).and_then(|codec| Format::taken(&leg.rtc, mid, codec));
        let Some(format) = format.filter(|_| !packet.payload.is_empty()) else {
            self.to_browser.skip(&source);
            return None;
        };
        let position = self.to_browser.map(now, &source)?;
        let sound = Sound { at: now, marker: packet.marker, payload: &packet.payload };
        if send(&mut leg.rtc, mid, position, format, &sound) {
            leg.wrote();
        }
        Some(())
    }

    /// When [`Self::timeout`] is wanted.
    pub fn deadline(&self) -> Option<Instant> {
        self.fill_at.into_iter().chain(self.digits.deadline()).min()
    }

    /// Fills the browser's place, and ends a key press whose end was lost.
    pub fn timeout(&mut self, now: Instant, phone: &mut PhoneLeg) -> Option<ToneEvent> {
        if self.fill_at.is_some_and(|at| now >= at) {
            self.fill(now, phone);
            // A late timer is caught up with, a machine that slept is not.
            let next = self.fill_at.map(|at| at + self.ptime);
            self.fill_at = next.map(|at| if at + self.ptime < now { now + self.ptime } else { at });
        }
        self.digits.timeout(now)
    }

    fn fill(&mut self, now: Instant, phone: &mut PhoneLeg) {
        let format = self.agreement.as_ref().and_then(|agreement| agreement.audio.codec());
        let Some((format, silence)) = format.zip(self.silence.as_mut()) else { return };
        let payload = silence.frame();
        if payload.is_empty() {
            return;
        }
        let position = self.to_phone.fill(now, format.clock_hz, silence.timestamps());
        let (payload_type, sequence, timestamp) = (format.payload_type, position.sequence, position.timestamp);
        let packet = Packet { payload_type, sequence, timestamp, marker: false, payload: &payload };
        phone.send(now, Medium::Audio, &packet);
    }

    /// The browser's place is taken for now.
    fn heard(&mut self, now: Instant) {
        self.fill_at = self.silence.is_some().then(|| now + self.ptime * PATIENCE);
    }
}

/// The encoding name of a codec that both browsers and phones speak.
fn named(codec: Codec) -> Option<&'static str> {
    CODECS.iter().find(|(known, _)| *known == codec).map(|(_, name)| *name)
}

fn codec(name: &str) -> Option<Codec> {
    CODECS.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(codec, _)| *codec)
}

const CODECS: [(Codec, &str); 4] =
    [(Codec::Opus, "opus"), (Codec::G722, "G722"), (Codec::PCMA, "PCMA"), (Codec::PCMU, "PCMU")];
