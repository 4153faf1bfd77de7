//! The sound of a bridge: packets of one side become packets of the other.

use std::time::{Duration, Instant};

use audio::Silence;
use sdp::plain::Format as Plain;
use sdp::plain::formats::ways;
use str0m::format::Codec;
use str0m::media::{MediaKind, Mid};
use str0m::rtp::RtpPacket;

use super::Side;
use super::tap::Tap;
use super::way::Way;
use crate::dtmf::{Digits, ToneEvent};
use crate::forward::{Position, Source};
use crate::leg::{Format, Leg, Sound, send, source_of, stream_of};
use crate::phone::{Agreement, Medium, Packet, PhoneLeg, Received};

/// Packet times the browser may be silent before its place is filled.
const PATIENCE: u32 = 3;

/// Packet time towards browsers.
const PTIME: Duration = Duration::from_millis(20);

/// Both directions of the sound.
#[derive(Debug)]
pub(super) struct Relay {
    to_phone: Way,
    to_browser: Way,
    /// Pressed in the browser.
    digits: Digits,
    agreement: Option<Agreement>,
    /// For a recording.
    pub tap: Tap,
    ptime: Duration,
    seed: u64,
    silence: Option<Silence>,
    fill_at: Option<Instant>,
}

impl Relay {
    pub fn new(seed: u64, ptime: Duration) -> Relay {
        Relay {
            to_phone: Way::new(seed),
            to_browser: Way::new(seed.rotate_left(17)),
            digits: Digits::default(),
            agreement: None,
            tap: Tap::default(),
            ptime: packet_time(ptime),
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
        if self.to_phone.codec() != codec || !sends {
            self.to_phone.stop();
        }
        if !ways(agreement.audio.direction).1 {
            self.to_browser.stop();
        }
        self.agreement = Some(agreement);
        self.heard(now);
    }

    /// Another peer connection hears the phone: it has its own numbers.
    pub fn replaced(&mut self) {
        self.seed = self.seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        self.to_browser = Way::new(self.seed);
    }

    /// The codec the phone prefers.
    pub fn phone_codec(&self) -> Option<&str> {
        Some(self.agreement.as_ref()?.audio.codec()?.name.as_str())
    }

    /// A packet of the browser. Returns the key press that it completes.
    pub fn browser_sent(
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
        let source = source_of(packet, None, format);
        if format.is_telephone_event() {
            self.to_phone.skip(&source);
            return self.digits.receive(now, source.timestamp, source.clock_rate, &packet.payload);
        }
        leg.set_audio_clock(mid, format.clock_rate);
        if packet.payload.is_empty() {
            self.to_phone.skip(&source);
            return None;
        }
        let codec = decoded(format.codec);
        self.tap.hear(now, Side::Browser, codec, &source, &packet.payload);
        let Some(payload_type) = self.spoken(format).map(|plain| plain.payload_type) else {
            self.transcode_for_phone(now, phone, format, &source, packet);
            return None;
        };
        let position = self.to_phone.pass(now, &source)?;
        let (sequence, timestamp, marker) = (position.sequence, position.timestamp, packet.header.marker);
        phone.send(now, Medium::Audio, &Packet { payload_type, sequence, timestamp, marker, payload: &packet.payload });
        self.heard(now);
        None
    }

    /// The phone's format for a codec of the browser.
    fn spoken(&self, format: Format) -> Option<&Plain> {
        let name = decoded(format.codec)?.encoding_name();
        self.agreement.as_ref()?.audio.formats.iter().find(|plain| plain.is(name))
    }

    fn transcode_for_phone(
        &mut self,
        now: Instant,
        phone: &mut PhoneLeg,
        format: Format,
        source: &Source,
        packet: &RtpPacket,
    ) {
        let sends = |agreement: &&Agreement| ways(agreement.audio.direction).0;
        let agreed = self.agreement.as_ref().filter(sends).and_then(|agreement| agreement.audio.codec());
        let to = agreed.and_then(|plain| audio::Codec::named(&plain.name));
        let Some(codecs) = decoded(format.codec).zip(to) else {
            return self.to_phone.skip(source);
        };
        let sound = sound(packet.header.marker, packet.payload.to_vec());
        self.to_phone.transcode(now, codecs, self.ptime, source, sound);
        self.pull_for_phone(now, phone);
    }

    fn pull_for_phone(&mut self, now: Instant, phone: &mut PhoneLeg) {
        let agreed = self.agreement.as_ref().and_then(|agreement| agreement.audio.codec());
        let Some(payload_type) = agreed.map(|plain| plain.payload_type) else { return };
        while let Some((position, frame)) = self.to_phone.pull(now) {
            let (sequence, timestamp, marker) = (position.sequence, position.timestamp, frame.marker);
            let packet = Packet { payload_type, sequence, timestamp, marker, payload: &frame.payload };
            phone.send(now, Medium::Audio, &packet);
            self.heard(now);
        }
    }

    /// A packet of the phone.
    pub fn phone_sent(&mut self, now: Instant, leg: &mut Leg, packet: &Received) -> Option<()> {
        let plain = self.agreement.as_ref()?.audio.formats.iter().find(|f| f.payload_type == packet.payload_type)?;
        let source = Source {
            ssrc: packet.ssrc,
            layer: None,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            clock_rate: plain.clock_hz,
        };
        let from = audio::Codec::named(&plain.name).filter(|_| !packet.payload.is_empty());
        let Some(from) = from else {
            self.to_browser.skip(&source);
            return None;
        };
        // A recording goes on while the page is away.
        self.tap.hear(now, Side::Phone, Some(from), &source, &packet.payload);
        let mid = leg.mid(MediaKind::Audio).filter(|_| leg.is_connected())?;
        if let Some(format) = Format::taken(&leg.rtc, mid, coded(from)) {
            let position = self.to_browser.pass(now, &source)?;
            let sound = Sound { at: now, marker: packet.marker, payload: &packet.payload };
            play(leg, mid, position, format, &sound);
            return Some(());
        }
        let taken = |codec: &audio::Codec| Format::taken(&leg.rtc, mid, coded(*codec)).is_some();
        let to = audio::Codec::ALL.into_iter().find(taken)?;
        let sound = sound(packet.marker, packet.payload.clone());
        self.to_browser.transcode(now, (from, to), PTIME, &source, sound);
        self.pull_for_browser(now, leg);
        Some(())
    }

    fn pull_for_browser(&mut self, now: Instant, leg: &mut Leg) {
        let Some(codec) = self.to_browser.codec() else { return };
        let mid = leg.mid(MediaKind::Audio).filter(|_| leg.is_connected());
        let Some((mid, format)) = mid.and_then(|mid| Some((mid, Format::taken(&leg.rtc, mid, coded(codec))?))) else {
            return self.to_browser.stop();
        };
        while let Some((position, frame)) = self.to_browser.pull(now) {
            play(leg, mid, position, format, &Sound { at: now, marker: frame.marker, payload: &frame.payload });
        }
    }

    /// When [`Self::timeout`] is wanted.
    pub fn deadline(&self) -> Option<Instant> {
        let deadlines = [self.fill_at, self.digits.deadline(), self.to_phone.due(), self.to_browser.due()];
        deadlines.into_iter().flatten().min()
    }

    /// Sends what is due, fills the browser's place, and ends a key press whose end was lost.
    pub fn timeout(&mut self, now: Instant, leg: &mut Leg, phone: &mut PhoneLeg) -> Option<ToneEvent> {
        self.pull_for_phone(now, phone);
        self.pull_for_browser(now, leg);
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

fn play(leg: &mut Leg, mid: Mid, position: Position, format: Format, sound: &Sound<'_>) {
    if send(&mut leg.rtc, mid, position, format, sound) {
        leg.wrote();
    }
}

/// A packet for a transcoder, which numbers it.
fn sound(marker: bool, payload: Vec<u8>) -> audio::Packet {
    audio::Packet { sequence: 0, timestamp: 0, marker, payload }
}

/// A packet time that every codec has.
fn packet_time(wanted: Duration) -> Duration {
    let known = audio::limits::PTIMES_MS.into_iter().map(|ms| Duration::from_millis(u64::from(ms)));
    known.into_iter().find(|ptime| *ptime == wanted).unwrap_or(PTIME)
}

/// A codec that both browsers and phones speak, out of str0m's words.
fn decoded(codec: Codec) -> Option<audio::Codec> {
    audio::Codec::ALL.into_iter().find(|known| coded(*known) == codec)
}

/// The same codec in str0m's words.
fn coded(codec: audio::Codec) -> Codec {
    match codec {
        audio::Codec::Opus => Codec::Opus,
        audio::Codec::G722 => Codec::G722,
        audio::Codec::Pcma => Codec::PCMA,
        audio::Codec::Pcmu => Codec::PCMU,
    }
}
