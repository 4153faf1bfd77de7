//! Opus (RFC 6716) at the rate that the other side has: it decodes straight to 8 or 16 kHz and
//! encodes from there, so nothing is resampled.

use std::fmt;

use ropus::{Application, Bitrate, Channels, DecodeMode, InbandFec};

use crate::{Codec, Error, Rate, limits};

/// Sound that one Opus packet holds at most, in milliseconds (RFC 6716 2.1.4).
const PACKET_MAX_MS: usize = 120;

/// Lengths that can be concealed are multiples of this many parts of a second: 2.5 ms.
const PARTS: usize = 400;

/// Effort of the encoder, 0 to 10. From 5 to 9 speech gains little and costs twice the time.
const COMPLEXITY: u8 = 5;

/// Bits a second of a recording: two voices, wideband (RFC 7587 3.1.1), that share nothing.
const STEREO_BITRATE: u32 = 48_000;

/// Loss the encoder prepares for: with 0 it never sends a frame twice.
const EXPECTED_LOSS_PERCENT: u8 = 5;

pub(crate) struct OpusDecoder {
    /// `None` never happens: the library knows both rates. Then each payload is refused.
    inner: Option<ropus::Decoder>,
    hz: usize,
}

impl OpusDecoder {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { inner: ropus::Decoder::new(rate.hz(), Channels::Mono).ok(), hz: rate.hz() as usize }
    }

    pub(crate) fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Error> {
        let samples = self.hz * PACKET_MAX_MS / 1000;
        if self.run(payload, DecodeMode::Normal, samples, pcm) {
            return Ok(());
        }
        Err(Error::Payload { codec: Codec::Opus, length: payload.len() })
    }

    /// Appends exactly `samples` samples in place of a lost packet.
    pub(crate) fn conceal(&mut self, mut samples: usize, pcm: &mut Vec<i16>) {
        let part = self.hz / PARTS;
        while samples > 0 {
            let now = samples.min(self.hz * PACKET_MAX_MS / 1000);
            let end = pcm.len() + now;
            self.run(&[], DecodeMode::Normal, now.next_multiple_of(part), pcm);
            pcm.resize(end, 0);
            samples -= now;
        }
    }

    /// As [`Self::conceal`], from what the packet behind the lost one says of it (RFC 6716 2.1.7).
    pub(crate) fn recover(&mut self, next: &[u8], samples: usize, pcm: &mut Vec<i16>) {
        let whole = samples.is_multiple_of(self.hz / PARTS) && samples <= self.hz * PACKET_MAX_MS / 1000;
        let end = pcm.len() + samples;
        if !whole || next.is_empty() || !self.run(next, DecodeMode::Fec, samples, pcm) {
            return self.conceal(samples, pcm);
        }
        pcm.resize(end, 0);
    }

    /// Whether it decoded; else `pcm` is as it was.
    fn run(&mut self, payload: &[u8], mode: DecodeMode, room: usize, pcm: &mut Vec<i16>) -> bool {
        let start = pcm.len();
        pcm.resize(start + room, 0);
        let decoded = match (&mut self.inner, pcm.get_mut(start..)) {
            (Some(decoder), Some(room)) => decoder.decode(payload, room, mode).ok(),
            (None, _) | (_, None) => None,
        };
        pcm.truncate(start + decoded.unwrap_or(0));
        decoded.is_some()
    }
}

impl fmt::Debug for OpusDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpusDecoder").field("hz", &self.hz).finish_non_exhaustive()
    }
}

pub(crate) struct OpusEncoder {
    /// As in [`OpusDecoder`].
    inner: Option<ropus::Encoder>,
    rate: Rate,
}

impl OpusEncoder {
    pub(crate) fn new(rate: Rate) -> Self {
        // RFC 7587 3.1.1: 8 to 12 kbit/s for narrowband speech, 16 to 20 for wideband;
        // with room for the frames sent twice.
        let bitrate = match rate {
            Rate::Narrow => 18_000,
            Rate::Wide => 28_000,
        };
        let built = ropus::Encoder::builder(rate.hz(), Channels::Mono, Application::Voip)
            .bitrate(Bitrate::Bits(bitrate))
            .complexity(COMPLEXITY)
            .inband_fec(InbandFec::Enabled)
            .packet_loss_perc(EXPECTED_LOSS_PERCENT)
            .build();
        Self { inner: built.ok(), rate }
    }

    pub(crate) fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Error> {
        let start = payload.len();
        payload.resize(start + limits::PAYLOAD_BYTES, 0);
        let encoded = match (&mut self.inner, payload.get_mut(start..)) {
            (Some(encoder), Some(room)) if !pcm.is_empty() => encoder.encode(pcm, room).ok(),
            (Some(_), _) | (None, _) => None,
        };
        payload.truncate(start + encoded.unwrap_or(0));
        match encoded {
            Some(_) => Ok(()),
            None => Err(Error::FrameLength { codec: Codec::Opus, samples: pcm.len(), rate_hz: self.rate.hz() }),
        }
    }
}

impl fmt::Debug for OpusEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpusEncoder").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// Two voices at once, for a recording.
pub(crate) struct StereoEncoder {
    /// As in [`OpusDecoder`].
    inner: Option<ropus::Encoder>,
}

impl StereoEncoder {
    pub(crate) fn new(rate: Rate) -> Self {
        let built = ropus::Encoder::builder(rate.hz(), Channels::Stereo, Application::Audio)
            .bitrate(Bitrate::Bits(STEREO_BITRATE))
            .complexity(COMPLEXITY)
            .build();
        Self { inner: built.ok() }
    }

    /// Samples at its own rate that come out late.
    pub(crate) fn lookahead(&self) -> u32 {
        self.inner.as_ref().map_or(0, ropus::Encoder::lookahead)
    }

    /// One frame, left and right in turns.
    pub(crate) fn encode(&mut self, pcm: &[i16]) -> Vec<u8> {
        let mut payload = vec![0; limits::PAYLOAD_BYTES];
        let length = self.inner.as_mut().and_then(|encoder| encoder.encode(pcm, &mut payload).ok());
        payload.truncate(length.unwrap_or(0));
        payload
    }
}

impl fmt::Debug for StereoEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StereoEncoder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of a tone of 440 Hz in both channels, as a browser codes it: 48 kHz, stereo.
    fn of_a_browser(bitrate: u32, loss: u8) -> Vec<Vec<u8>> {
        let mut encoder = ropus::Encoder::builder(48_000, Channels::Stereo, Application::Voip)
            .bitrate(Bitrate::Bits(bitrate))
            .inband_fec(InbandFec::Enabled)
            .packet_loss_perc(loss)
            .build()
            .unwrap();
        let step = 440.0 / 48_000.0 * std::f64::consts::TAU;
        let pcm: Vec<i16> = (0..96_000).map(|n| ((f64::from(n / 2) * step).sin() * 8000.0) as i16).collect();
        let coded = pcm.chunks(2 * 960).map(|frame| {
            let mut payload = vec![0; 1275];
            let length = encoder.encode(frame, &mut payload).unwrap();
            payload.truncate(length);
            payload
        });
        coded.collect()
    }

    fn level(pcm: &[i16]) -> f64 {
        (pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
    }

    #[test]
    fn what_browsers_send_is_heard_at_its_level_in_every_mode() {
        for rate in [Rate::Narrow, Rate::Wide] {
            for bitrate in [12_000, 24_000, 32_000, 64_000, 128_000] {
                let (mut decoder, mut pcm) = (OpusDecoder::new(rate), Vec::new());
                for payload in of_a_browser(bitrate, 0) {
                    decoder.decode(&payload, &mut pcm).unwrap();
                }
                assert_eq!(pcm.len(), rate.hz() as usize);
                let heard = level(&pcm[pcm.len() / 2..]) * std::f64::consts::SQRT_2;
                assert!((6800.0..9200.0).contains(&heard), "{rate:?} {bitrate}: {heard}");
            }
        }
    }

    #[test]
    fn a_lost_packet_is_made_of_the_next_one_and_lasts_as_long() {
        let payloads = of_a_browser(24_000, 20);
        let (mut decoder, mut pcm) = (OpusDecoder::new(Rate::Narrow), Vec::new());
        for (n, payload) in payloads.iter().enumerate() {
            match payloads.get(n + 1) {
                Some(next) if n % 5 == 4 => decoder.recover(next, 160, &mut pcm),
                Some(_) | None => decoder.decode(payload, &mut pcm).unwrap(),
            }
        }
        assert_eq!(pcm.len(), 8000);
        let heard = level(&pcm[2000..]) * std::f64::consts::SQRT_2;
        assert!((6400.0..9600.0).contains(&heard), "{heard}");
    }

    #[test]
    fn any_length_is_concealed_exactly() {
        let mut decoder = OpusDecoder::new(Rate::Narrow);
        for samples in [1, 20, 159, 160, 960, 1600] {
            let mut pcm = Vec::new();
            decoder.conceal(samples, &mut pcm);
            decoder.recover(&[0xff; 5], samples, &mut pcm);
            assert_eq!(pcm.len(), 2 * samples);
        }
    }
}
