//! The echo: every packet goes back on the media section it came in on.

use std::collections::HashMap;
use std::time::Instant;

use str0m::Rtc;
use str0m::media::{KeyframeRequest, KeyframeRequestKind, Mid, Pt, Rid};
use str0m::rtp::RtpPacket;

use crate::dtmf::{Digits, ToneEvent};
use crate::forward::Forward;
use crate::leg::{Format, Leg, request_keyframe, source_of, stream_of, write};

/// The media sections of an echo peer, made as their first packets arrive.
#[derive(Debug)]
pub(crate) struct Echo {
    tracks: HashMap<Mid, Track>,
    seed: u64,
}

#[derive(Debug)]
struct Track {
    forward: Forward,
    digits: Digits,
    /// The simulcast layer that is sent back.
    rid: Option<Rid>,
    format: Option<Format>,
}

impl Echo {
    pub fn new(seed: u64) -> Self {
        Self { tracks: HashMap::new(), seed }
    }

    /// Sends a packet back, or takes it as a key press and tells the one that it completes.
    pub fn receive(&mut self, leg: &mut Leg, now: Instant, packet: &RtpPacket) -> Option<ToneEvent> {
        let pt = packet.header.payload_type;
        let (mid, rid) = stream_of(&mut leg.rtc, packet)?;
        let seed = &mut self.seed;
        let track = self.tracks.entry(mid).or_insert_with(|| Track::new(next_seed(seed)));
        let format = track.format(&leg.rtc, pt)?;
        let source = source_of(packet, rid, format);
        // Padding to probe for bandwidth carries nothing and is not sent back.
        if format.is_telephone_event() || packet.payload.is_empty() {
            track.forward.skip(&source);
            let press = format.is_telephone_event().then_some(&mut track.digits);
            return press.and_then(|d| d.receive(now, source.timestamp, source.clock_rate, &packet.payload));
        }
        if !format.is_video() {
            leg.set_audio_clock(mid, format.clock_rate);
        }
        let position = track.forward.map(now, &source)?;
        track.rid = rid;
        if position.switched && format.is_video() {
            request_keyframe(&mut leg.rtc, mid, rid, KeyframeRequestKind::Pli);
        }
        if write(&mut leg.rtc, mid, position, format, packet) {
            leg.wrote();
        }
        None
    }

    /// Hands the far end's wish for a keyframe back to its own encoder.
    pub fn keyframe_request(&self, leg: &mut Leg, request: &KeyframeRequest) {
        if let Some(track) = self.tracks.get(&request.mid) {
            request_keyframe(&mut leg.rtc, request.mid, track.rid, request.kind);
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
        self.format = Some(Format::of(rtc, pt)?);
        self.format
    }
}

/// SplitMix64: independent starting points for the tracks of one peer.
fn next_seed(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
