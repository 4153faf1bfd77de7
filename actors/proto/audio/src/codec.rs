//! What RTP says of each codec (RFC 3551, RFC 7587).

use std::time::Duration;

/// Sampling rate of decoded sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// 8000 Hz, the telephone's.
    Narrow,
    /// 16 000 Hz, wideband.
    Wide,
}

impl Rate {
    /// Samples a second.
    pub const fn hz(self) -> u32 {
        match self {
            Self::Narrow => 8000,
            Self::Wide => 16_000,
        }
    }

    /// Samples in `time`, rounded down.
    pub const fn samples(self, time: Duration) -> usize {
        (time.as_micros() as u64 * self.hz() as u64 / 1_000_000) as usize
    }
}

/// An audio codec of RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law (RFC 3551 4.5.14).
    Pcmu,
    /// G.711 A-law (RFC 3551 4.5.14).
    Pcma,
    /// G.722 at 64 kbit/s (RFC 3551 4.5.2).
    G722,
    /// Opus, mono (RFC 7587).
    Opus,
}

impl Codec {
    /// All of them, the best sound first.
    pub const ALL: [Self; 4] = [Self::Opus, Self::G722, Self::Pcma, Self::Pcmu];

    /// The codec of an `a=rtpmap` encoding name, in any case (RFC 8866 6.6).
    pub fn named(encoding_name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.encoding_name().eq_ignore_ascii_case(encoding_name))
    }

    /// The encoding name of `a=rtpmap`.
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// RTP timestamp units a second. G.722 samples at 16 000 Hz and says 8000 (RFC 3551 4.5.2),
    /// Opus says 48 000 whatever it holds (RFC 7587 4.1).
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8000,
            Self::Opus => 48_000,
        }
    }

    /// Channels of `a=rtpmap`: Opus always says 2 (RFC 7587 7).
    pub const fn channels(self) -> u8 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 1,
            Self::Opus => 2,
        }
    }

    /// The payload type that needs no `a=rtpmap` (RFC 3551 6).
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
            Self::G722 => Some(9),
            Self::Opus => None,
        }
    }

    /// The codec of a static payload type (RFC 3551 6).
    pub fn of_static_payload_type(payload_type: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.static_payload_type() == Some(payload_type))
    }

    /// The rate at which the codec loses nothing that we could pass on: Opus holds up to 48 kHz,
    /// but no phone codec here takes more than wideband.
    pub const fn rate(self) -> Rate {
        match self {
            Self::Pcmu | Self::Pcma => Rate::Narrow,
            Self::G722 | Self::Opus => Rate::Wide,
        }
    }

    /// RTP timestamp units in `time`, rounded down.
    pub const fn timestamps(self, time: Duration) -> u32 {
        (time.as_micros() as u64 * self.clock_rate() as u64 / 1_000_000) as u32
    }
}
