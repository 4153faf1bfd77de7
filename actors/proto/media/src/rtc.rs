//! How our str0m instances are set up: codecs, ciphers, intervals.

use std::time::Instant;

use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, Pt};
use str0m::{Rtc, RtcConfig};

use crate::Certificate;
use crate::limits::{AUDIO_CACHE, STATS_INTERVAL, VIDEO_CACHE};

/// Telephone events need a payload type for each clock rate of the audio codecs beside
/// them (RFC 4733 2.5.1.5); the numbers are those browsers use.
const TELEPHONE_EVENTS: [(u8, Frequency); 2] = [(110, Frequency::FORTY_EIGHT_KHZ), (126, Frequency::EIGHT_KHZ)];

/// A peer connection in RTP mode: full ICE agent, DTLS-SRTP, packets as they come.
/// AES-GCM is str0m's first choice among the SRTP profiles (RFC 7714).
pub(crate) fn build(certificate: &Certificate, now: Instant) -> Rtc {
    configured(RtcConfig::new(), certificate).build(now)
}

/// The same for the browser of a bridge: what phones speak or what can be made of it, nothing else.
pub(crate) fn build_for_phones(certificate: &Certificate, now: Instant) -> Rtc {
    let config = RtcConfig::new().clear_codecs().enable_opus(true, false).enable_vp8(true).enable_h264(true);
    configured(config, certificate).build(now)
}

fn configured(config: RtcConfig, certificate: &Certificate) -> RtcConfig {
    let mut config = config
        .set_rtp_mode(true)
        .set_crypto_provider(certificate.provider.clone())
        .set_dtls_cert(certificate.dtls.clone())
        .set_stats_interval(Some(STATS_INTERVAL))
        .set_send_buffer_audio(AUDIO_CACHE)
        .set_send_buffer_video(VIDEO_CACHE)
        .enable_pcmu(true, false)
        .enable_pcma(true, false)
        .enable_g722(true, false);
    for (pt, rate) in TELEPHONE_EVENTS {
        let events = FormatParams { telephone_event_max: Some(15), ..FormatParams::default() };
        let codecs = config.codec_config();
        codecs.add_config(Pt::new_with_value(pt), None, Codec::Tele, rate, None, events);
    }
    config
}
