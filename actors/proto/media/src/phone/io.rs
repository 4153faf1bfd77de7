//! What goes into a phone leg and what comes out.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sdp::plain::Format;
use sdp::{AddressPolicy, Direction};
use thiserror::Error;

use crate::bridge::PhonePolicy;

/// One of the leg's UDP sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Socket {
    /// Audio, and its RTCP when muxed.
    Audio,
    /// RTCP of the audio.
    AudioRtcp,
    /// Video, and its RTCP when muxed.
    Video,
    /// RTCP of the video.
    VideoRtcp,
}

impl Socket {
    /// What it carries.
    pub fn medium(self) -> Medium {
        match self {
            Socket::Audio | Socket::AudioRtcp => Medium::Audio,
            Socket::Video | Socket::VideoRtcp => Medium::Video,
        }
    }

    /// Whether it carries RTCP alone.
    pub fn is_rtcp(self) -> bool {
        matches!(self, Socket::AudioRtcp | Socket::VideoRtcp)
    }
}

/// What is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medium {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// What a leg needs to begin. `{:?}` hides the entropy.
#[derive(Clone)]
pub struct PhoneSetup {
    /// The network's choices.
    pub policy: PhonePolicy,
    /// Which addresses a description may send us to.
    pub addresses: AddressPolicy,
    /// Ports of the RTP sockets for audio and video; RTCP is one above.
    pub ports: (u16, Option<u16>),
    /// Secret random bytes, of this leg alone: keys, SSRCs and session ids come from them.
    pub entropy: [u8; 32],
}

impl std::fmt::Debug for PhoneSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhoneSetup").field("policy", &self.policy).field("ports", &self.ports).finish_non_exhaustive()
    }
}

/// What happens to a leg.
#[derive(Debug)]
pub enum Input<'a> {
    /// A UDP datagram came in.
    Datagram {
        /// To this socket.
        socket: Socket,
        /// Its sender.
        source: SocketAddr,
        /// The UDP payload.
        bytes: &'a [u8],
    },
    /// The time of the last [`Output::Wake`] has come; harmless when early.
    Timeout,
}

/// A packet to send.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// One of [`Agreed::formats`].
    pub payload_type: u8,
    /// Extended sequence number.
    pub sequence: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// Marker bit.
    pub marker: bool,
    /// Payload without header.
    pub payload: &'a [u8],
}

/// A packet that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What it carries.
    pub medium: Medium,
    /// The phone's SSRC; it may change at any time.
    pub ssrc: u32,
    /// One of [`Agreed::formats`].
    pub payload_type: u8,
    /// Extended sequence number of that SSRC.
    pub sequence: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// Marker bit.
    pub marker: bool,
    /// Payload without header and padding.
    pub payload: Vec<u8>,
}

/// What a leg wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// A datagram to send.
    Transmit {
        /// From this socket.
        socket: Socket,
        /// Its receiver.
        destination: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// RTP came. What a key press is made of too: it has a place in the numbers of the audio.
    Rtp(Received),
    /// The phone pressed a key (RFC 4733).
    Dtmf {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was held.
        duration: Duration,
    },
    /// The phone's address is known, by its first packet or by ICE, and its keys, where it has any.
    Connected,
    /// Neither RTP nor RTCP came for [`super::PhoneLeg::SILENCE`] though the phone should send: why that may be, in
    /// words.
    Silent(&'static str),
    /// [`super::PhoneLeg::SILENCE`] after protected media was agreed on there are still no keys for it, and why, in words.
    /// Again after each such time.
    NoKeys(&'static str),
    /// The phone wants a keyframe of what we send (PLI, RFC 4585; FIR, RFC 5104).
    KeyframeRequest,
    /// Call [`super::PhoneLeg::handle`] with [`Input::Timeout`] at this time. Replaces the last one.
    Wake(Instant),
}

/// What both sides agreed on for one medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// As we see it: whether *we* send and receive.
    pub direction: Direction,
    /// Codecs, the one to send first, then telephone-event. Payload types are those to send with.
    pub formats: Vec<Format>,
    /// Packet time the phone asks for, in milliseconds.
    pub ptime_ms: Option<u16>,
}

impl Agreed {
    /// The codec to send.
    pub fn codec(&self) -> Option<&Format> {
        self.formats.iter().find(|format| format.is_codec())
    }

    /// How key presses are sent, if at all.
    pub fn telephone_event(&self) -> Option<&Format> {
        self.formats.iter().find(|format| format.is_telephone_event())
    }
}

/// What both sides agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Sound; always there.
    pub audio: Agreed,
    /// Pictures.
    pub video: Option<Agreed>,
    /// Whether all of it goes as SRTP.
    pub secured: bool,
}

/// Why a description is not taken (SIP 488). Everything goes on as before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("SDP: {0}")]
    Sdp(#[from] sdp::Error),
    /// No audio section we can take.
    #[error("no audio section over RTP")]
    NoAudio,
    /// No codec is shared.
    #[error("no common audio codec")]
    NoCodec,
    /// Protection does not fit the network's policy, or would be weakened.
    #[error("the protection of the media is not what this network asks for")]
    Security,
    /// It sends us to an address that is not allowed.
    #[error("the address of the media is not allowed")]
    Address,
    /// There is no offer that this could answer, or that could be accepted.
    #[error("no offer is pending")]
    NoOffer,
    /// The answer has other sections than the offer.
    #[error("the answer does not fit the offer")]
    Mismatch,
}
