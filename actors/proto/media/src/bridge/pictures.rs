//! The video of a bridge: packets pass where both sides speak one codec, and nothing is coded.

use std::time::Instant;

use sdp::plain;
use sdp::plain::formats::carries;
use str0m::Rtc;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt, Rid};
use str0m::rtp::RtpPacket;

use crate::forward::{Forward, Source};
use crate::leg::{Format, Leg, Sound, request_keyframe, send, source_of, stream_of};
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
    pub fn phone_codec(&self) -> Option<&plain::Format> {
        self.agreed.as_ref()?.codec()
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
        let source = source_of(packet, rid, format);
        let stream = plain_format(&leg.rtc, packet.header.payload_type)?;
        let mut formats = self.agreed.as_ref().into_iter().flat_map(|agreed| &agreed.formats);
        let taken = formats.find(|receiver| carries(receiver, &stream));
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
        let source = Source {
            ssrc: packet.ssrc,
            layer: None,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            clock_rate: plain.clock_hz,
        };
        let format = taken_by_browser(&leg.rtc, mid, plain);
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

/// What the browser's side calls `payload_type`, in the words of a phone.
fn plain_format(rtc: &Rtc, payload_type: Pt) -> Option<plain::Format> {
    let spec = rtc.codec_config().params().iter().find(|params| params.pt() == payload_type)?.spec();
    let (_, name) = CODECS.iter().find(|(known, _)| *known == spec.codec)?;
    let parameters = || {
        let profile = spec.format.profile_level_id.map(|id| format!("profile-level-id={id:06x};")).unwrap_or_default();
        format!("{profile}packetization-mode={}", spec.format.packetization_mode.unwrap_or(0))
    };
    let fmtp = (spec.codec == Codec::H264).then(parameters);
    Some(plain::Format { fmtp, ..plain::Format::new(*payload_type, name, spec.clock_rate.get()) })
}

/// The format by which the browser takes what the phone sends.
fn taken_by_browser(rtc: &Rtc, mid: Mid, stream: &plain::Format) -> Option<Format> {
    let mut taken = rtc.media(mid)?.remote_pts().iter();
    let fits = |pt: &&Pt| plain_format(rtc, **pt).is_some_and(|receiver| carries(&receiver, stream));
    taken.find(fits).and_then(|pt| Format::of(rtc, *pt))
}

const CODECS: [(Codec, &str); 2] = [(Codec::Vp8, "VP8"), (Codec::H264, "H264")];
