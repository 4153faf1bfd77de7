//! The echo: every packet goes back on the media section it came in on.

use std::collections::HashMap;
use std::time::Instant;

use str0m::Rtc;
use str0m::format::Codec;
use str0m::media::{KeyframeRequest, KeyframeRequestKind, Mid, Pt, Rid};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};

use crate::dtmf::{Digits, ToneEvent};
use crate::forward::{Forward, Position, Source};

/// The media sections of an echo peer, made as their first packets arrive.
#[derive(Debug)]
pub(crate) struct Echo {
    tracks: HashMap<Mid, Track>,
    /// RTP clocks of the audio tracks, which give jitter its unit.
    audio_clocks: HashMap<Mid, u32>,
    seed: u64,
}

/// What one received packet led to.
#[derive(Debug, Default)]
pub(crate) struct Echoed {
    /// A packet was queued: str0m wants a time step.
    pub wrote: bool,
    /// A key press that it completed.
    pub tone: Option<ToneEvent>,
}

#[derive(Debug)]
struct Track {
    forward: Forward,
    digits: Digits,
    /// The simulcast layer that is sent back.
    rid: Option<Rid>,
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy)]
struct Format {
    pt: Pt,
    clock_rate: u32,
    video: bool,
    telephone_event: bool,
}

impl Echo {
    pub fn new(seed: u64) -> Self {
        Self { tracks: HashMap::new(), audio_clocks: HashMap::new(), seed }
    }

    /// Sends a packet back, or takes it as a key press.
    pub fn receive(&mut self, rtc: &mut Rtc, now: Instant, packet: &RtpPacket) -> Echoed {
        let pt = packet.header.payload_type;
        let Some((mid, rid)) = stream_of(rtc, packet) else { return Echoed::default() };
        let seed = &mut self.seed;
        let track = self.tracks.entry(mid).or_insert_with(|| Track::new(next_seed(seed)));
        let Some(format) = track.format(rtc, pt) else { return Echoed::default() };
        let source = Source {
            ssrc: *packet.header.ssrc,
            layer: rid,
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            clock_rate: format.clock_rate,
        };
        // Padding to probe for bandwidth carries nothing and is not sent back.
        if format.telephone_event || packet.payload.is_empty() {
            track.forward.skip(&source);
            let press = format.telephone_event.then_some(&mut track.digits);
            let tone = press.and_then(|d| d.receive(now, source.timestamp, source.clock_rate, &packet.payload));
            return Echoed { wrote: false, tone };
        }
        if !format.video {
            self.audio_clocks.insert(mid, format.clock_rate);
        }
        let Some(position) = track.forward.map(now, &source) else { return Echoed::default() };
        track.rid = rid;
        if position.switched && format.video {
            request_keyframe(rtc, mid, rid, KeyframeRequestKind::Pli);
        }
        Echoed { wrote: write(rtc, mid, position, format, packet), tone: None }
    }

    /// Hands the far end's wish for a keyframe back to its own encoder.
    pub fn keyframe_request(&self, rtc: &mut Rtc, request: &KeyframeRequest) {
        if let Some(track) = self.tracks.get(&request.mid) {
            request_keyframe(rtc, request.mid, track.rid, request.kind);
        }
    }

    /// Payload types may mean something else after a negotiation.
    pub fn renegotiated(&mut self) {
        self.tracks.values_mut().for_each(|track| track.format = None);
    }

    /// When a key press may be taken as ended.
    pub fn deadline(&self) -> Option<Instant> {
        self.tracks.values().filter_map(|track| track.digits.deadline()).min()
    }

    /// Ends key presses that have gone silent.
    pub fn timeout(&mut self, now: Instant) -> impl Iterator<Item = ToneEvent> {
        self.tracks.values_mut().filter_map(move |track| track.digits.timeout(now))
    }

    /// RTP clocks of the audio tracks.
    pub fn audio_clocks(&self) -> &HashMap<Mid, u32> {
        &self.audio_clocks
    }
}

impl Track {
    fn new(seed: u64) -> Self {
        Self { forward: Forward::new(seed), digits: Digits::default(), rid: None, format: None }
    }

    /// What the payload type means. Almost always the one of the packet before.
    fn format(&mut self, rtc: &Rtc, pt: Pt) -> Option<Format> {
        if let Some(format) = self.format.filter(|format| format.pt == pt) {
            return Some(format);
        }
        let params = rtc.codec_config().params().iter().find(|params| params.pt() == pt)?;
        let spec = params.spec();
        // The RTP clock of G.722 is 8000 Hz though it samples at 16000 (RFC 3551 4.5.2).
        let clock_rate = if spec.codec == Codec::G722 { 8000 } else { spec.clock_rate.get() };
        let telephone_event = spec.codec == Codec::Tele;
        self.format = Some(Format { pt, clock_rate, video: spec.codec.is_video(), telephone_event });
        self.format
    }
}

/// The media section and simulcast layer that str0m has bound an SSRC to.
fn stream_of(rtc: &mut Rtc, packet: &RtpPacket) -> Option<(Mid, Option<Rid>)> {
    let mut api = rtc.direct_api();
    let stream = api.stream_rx(&packet.header.ssrc)?;
    Some((stream.mid(), stream.rid()))
}

fn request_keyframe(rtc: &mut Rtc, mid: Mid, rid: Option<Rid>, kind: KeyframeRequestKind) {
    if let Some(stream) = rtc.direct_api().stream_rx_by_mid(mid, rid) {
        stream.request_keyframe(kind);
    }
}

/// `false` when we may not send: the far end holds the section or wants nothing back.
fn write(rtc: &mut Rtc, mid: Mid, position: Position, format: Format, packet: &RtpPacket) -> bool {
    if !rtc.media(mid).is_some_and(|media| media.direction().is_sending()) {
        return false;
    }
    let mut api = rtc.direct_api();
    let Some(stream) = api.stream_tx_by_mid(mid, None) else { return false };
    let header = &packet.header;
    let extensions = ExtensionValues {
        audio_level: header.ext_vals.audio_level,
        voice_activity: header.ext_vals.voice_activity,
        video_orientation: header.ext_vals.video_orientation,
        ..ExtensionValues::default()
    };
    let sequence = position.sequence.into();
    let rtp = RtpWrite::new(format.pt, sequence, position.timestamp, packet.timestamp, packet.payload.clone())
        .marker(header.marker)
        .ext_vals(extensions)
        .nackable(format.video);
    stream.write_rtp(rtp);
    true
}

/// SplitMix64: independent starting points for the tracks of one peer.
fn next_seed(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
