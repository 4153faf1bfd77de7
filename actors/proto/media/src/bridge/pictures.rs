//! The video of a bridge: packets pass where both sides speak one codec, and nothing is coded.

use std::time::Instant;

use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaKind, Rid};
use str0m::rtp::RtpPacket;

use crate::forward::{Forward, Source};
use crate::leg::{Format, Leg, Sound, request_keyframe, send, stream_of};
use crate::phone::{Agreed, Medium, Packet, PhoneLeg, Received};

/// Both directions of the video.
#[derive(Debug)]
pub(super) struct Pictures {
    to_phone: Forward,
    to_browser: Forward,
    agreed: Option<Agreed>,
    /// The simulcast layer that goes to the phone.
    rid: Option<Rid>,
    seed: u64,
}

impl Pictures {
    pub fn new(seed: u64) -> Pictures {
        let (to_phone, to_browser) = (Forward::new(seed), Forward::new(seed.rotate_left(29)));
        Pictures { to_phone, to_browser, agreed: None, rid: None, seed }
    }

    /// What the phone takes from now on. A decoder that begins needs a whole picture.
    pub fn agreed(&mut self, leg: &mut Leg, agreed: Option<Agreed>) {
        self.agreed = agreed;
        self.wanted_by_phone(leg);
    }

    /// Another peer connection sees the phone.
    pub fn replaced(&mut self, now: Instant, phone: &mut PhoneLeg) {
        self.seed = self.seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        self.to_browser = Forward::new(self.seed);
        self.rid = None;
        phone.request_keyframe(now);
    }

    /// Whether the phone has video.
    pub fn is_agreed(&self) -> bool {
        self.agreed.is_some()
    }

    /// The codec the phone prefers.
    pub fn phone_codec(&self) -> Option<&str> {
        Some(self.agreed.as_ref()?.codec()?.name.as_str())
    }

    /// The phone wants a keyframe of the browser.
    pub fn wanted_by_phone(&self, leg: &mut Leg) {
        if let Some(mid) = leg.mid(MediaKind::Video).filter(|_| self.is_agreed()) {
            request_keyframe(&mut leg.rtc, mid, self.rid, KeyframeRequestKind::Pli);
            leg.wrote();
        }
    }

    /// A packet of the browser.
    pub fn browser_sent(
        &mut self,
        now: Instant,
        leg: &mut Leg,
        phone: &mut PhoneLeg,
        packet: &RtpPacket,
    ) -> Option<()> {
        let (mid, rid) = stream_of(&mut leg.rtc, packet)?;
        let format = Format::of(&leg.rtc, packet.header.payload_type).filter(Format::is_video)?;
        let source = Source {
            ssrc: *packet.header.ssrc,
            layer: rid,
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            clock_rate: format.clock_rate,
        };
        let mut formats = self.agreed.as_ref().into_iter().flat_map(|agreed| &agreed.formats);
        let taken = formats.find(|plain| named(format.codec).is_some_and(|name| plain.is(name)));
        let Some(payload_type) = taken.filter(|_| !packet.payload.is_empty()).map(|plain| plain.payload_type) else {
            self.to_phone.skip(&source);
            return None;
        };
        let position = self.to_phone.map(now, &source)?;
        self.rid = rid;
        if position.switched {
            request_keyframe(&mut leg.rtc, mid, rid, KeyframeRequestKind::Pli);
            leg.wrote();
        }
        let (sequence, timestamp, marker) = (position.sequence, position.timestamp, packet.header.marker);
        phone.send(now, Medium::Video, &Packet { payload_type, sequence, timestamp, marker, payload: &packet.payload });
        Some(())
    }

    /// A packet of the phone.
    pub fn phone_sent(&mut self, now: Instant, leg: &mut Leg, phone: &mut PhoneLeg, packet: &Received) -> Option<()> {
        let mid = leg.mid(MediaKind::Video).filter(|_| leg.is_connected())?;
        let plain = self.agreed.as_ref()?.formats.iter().find(|f| f.payload_type == packet.payload_type)?;
        let codec = CODECS.iter().find(|(_, name)| plain.is(name)).map(|(codec, _)| *codec);
        let source = Source {
            ssrc: packet.ssrc,
            layer: None,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            clock_rate: plain.clock_hz,
        };
        let format = codec.and_then(|codec| Format::taken(&leg.rtc, mid, codec));
        let Some(format) = format.filter(|_| !packet.payload.is_empty()) else {
            self.to_browser.skip(&source);
            return None;
        };
        let position = self.to_browser.map(now, &source)?;
        if position.switched {
            phone.request_keyframe(now);
        }
        let sound = Sound { at: now, marker: packet.marker, payload: &packet.payload };
        if send(&mut leg.rtc, mid, position, format, &sound) {
            leg.wrote();
        }
        Some(())
    }
}

fn named(codec: Codec) -> Option<&'static str> {
    CODECS.iter().find(|(known, _)| *known == codec).map(|(_, name)| *name)
}

const CODECS: [(Codec, &str); 2] = [(Codec::Vp8, "VP8"), (Codec::H264, "H264")];
