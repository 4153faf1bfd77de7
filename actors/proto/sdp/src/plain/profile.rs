//! [`Profile`]: the third word of an `m=` line.

use std::fmt;

/// An RTP profile over UDP that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `RTP/AVP` (RFC 3551).
    Avp,
    /// `RTP/AVPF` (RFC 4585).
    Avpf,
    /// `RTP/SAVP` (RFC 3711), keyed by SDES (RFC 4568).
    Savp,
    /// `RTP/SAVPF` (RFC 5124), keyed by SDES.
    Savpf,
    /// `UDP/TLS/RTP/SAVP` (RFC 5764), keyed by DTLS.
    TlsSavp,
    /// `UDP/TLS/RTP/SAVPF` (RFC 5764), keyed by DTLS.
    TlsSavpf,
}

impl Profile {
    /// Reads the word; `None` for what we do not do (`udptl`, TCP, MSRP...).
    pub fn parse(word: &str) -> Option<Profile> {
        let all = [Self::Avp, Self::Avpf, Self::Savp, Self::Savpf, Self::TlsSavp, Self::TlsSavpf];
        all.into_iter().find(|profile| profile.name().eq_ignore_ascii_case(word))
    }

    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avp => "RTP/AVP",
            Self::Avpf => "RTP/AVPF",
            Self::Savp => "RTP/SAVP",
            Self::Savpf => "RTP/SAVPF",
            Self::TlsSavp => "UDP/TLS/RTP/SAVP",
            Self::TlsSavpf => "UDP/TLS/RTP/SAVPF",
        }
    }

    /// Whether packets must be SRTP.
    pub fn is_secure(self) -> bool {
        !matches!(self, Self::Avp | Self::Avpf)
    }

    /// Whether DTLS makes the keys.
    pub fn is_dtls(self) -> bool {
        matches!(self, Self::TlsSavp | Self::TlsSavpf)
    }

    /// Whether early feedback (PLI, NACK) is part of the profile (RFC 4585).
    pub fn has_feedback(self) -> bool {
        matches!(self, Self::Avpf | Self::Savpf | Self::TlsSavpf)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
