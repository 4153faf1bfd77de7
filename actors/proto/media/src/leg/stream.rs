//! One packet in, one packet out, in str0m's terms.

use std::time::Instant;

use str0m::Rtc;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, Mid, Pt, Rid};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};

use crate::forward::{Position, Source};

/// What a payload type means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    pub pt: Pt,
    pub codec: Codec,
    /// RTP timestamp units a second.
    pub clock_rate: u32,
}

impl Format {
    /// The meaning of a payload type that was negotiated.
    pub fn of(rtc: &Rtc, pt: Pt) -> Option<Self> {
        let params = rtc.codec_config().params().iter().find(|params| params.pt() == pt)?;
        let spec = params.spec();
        // The RTP clock of G.722 is 8000 Hz though it samples at 16000 (RFC 3551 4.5.2).
        let clock_rate = if spec.codec == Codec::G722 { 8000 } else { spec.clock_rate.get() };
        Some(Self { pt, codec: spec.codec, clock_rate })
    }

    /// A format that the far end takes in a section, by its codec.
    pub fn taken(rtc: &Rtc, mid: Mid, codec: Codec) -> Option<Self> {
        let pts = rtc.media(mid)?.remote_pts();
        let mut params = rtc.codec_config().params().iter();
        let pt = params.find(|params| params.spec().codec == codec && pts.contains(&params.pt()))?.pt();
        Self::of(rtc, pt)
    }

    pub fn is_video(&self) -> bool {
        self.codec.is_video()
    }

    pub fn is_telephone_event(&self) -> bool {
        self.codec == Codec::Tele
    }
}

/// The media section and simulcast layer that str0m has bound an SSRC to.
pub(crate) fn stream_of(rtc: &mut Rtc, packet: &RtpPacket) -> Option<(Mid, Option<Rid>)> {
    let mut api = rtc.direct_api();
    let stream = api.stream_rx(&packet.header.ssrc)?;
    Some((stream.mid(), stream.rid()))
}

/// Where a received packet stands in its stream; `layer`: the one it belongs to, where layers are told apart.
pub(crate) fn source_of(packet: &RtpPacket, layer: Option<Rid>, format: Format) -> Source {
    Source {
        ssrc: *packet.header.ssrc,
        layer,
        sequence: *packet.seq_no,
        timestamp: packet.header.timestamp,
        clock_rate: format.clock_rate,
    }
}

/// Asks the far encoder for a keyframe.
pub(crate) fn request_keyframe(rtc: &mut Rtc, mid: Mid, rid: Option<Rid>, kind: KeyframeRequestKind) {
    if let Some(stream) = rtc.direct_api().stream_rx_by_mid(mid, rid) {
        stream.request_keyframe(kind);
    }
}

/// Sends a received packet on. `false` when we may not: the far end holds the section or wants
/// nothing back.
pub(crate) fn write(rtc: &mut Rtc, mid: Mid, position: Position, format: Format, packet: &RtpPacket) -> bool {
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
        .nackable(format.is_video());
    stream.write_rtp(rtp);
    true
}

/// Sends a packet of ours, or one that came over plain RTP. `false` as of [`write`].
pub(crate) fn send(rtc: &mut Rtc, mid: Mid, position: Position, format: Format, sound: &Sound<'_>) -> bool {
    if !rtc.media(mid).is_some_and(|media| media.direction().is_sending()) {
        return false;
    }
    let mut api = rtc.direct_api();
    let Some(stream) = api.stream_tx_by_mid(mid, None) else { return false };
    let rtp = RtpWrite::new(format.pt, position.sequence.into(), position.timestamp, sound.at, sound.payload);
    stream.write_rtp(rtp.marker(sound.marker).nackable(format.is_video()));
    true
}

/// What [`send`] sends: sound or pictures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sound<'a> {
    pub at: Instant,
    pub marker: bool,
    pub payload: &'a [u8],
}
