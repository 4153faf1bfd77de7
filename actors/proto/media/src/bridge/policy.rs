//! What the phone leg of a bridge offers and takes: the choice of the network's configuration.

use std::net::IpAddr;

/// The rules of one phone leg, fixed for its whole life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhonePolicy {
    /// Encoding names (RFC 4855) in the order we offer them. Names we do not carry are left out.
    pub codecs: Vec<String>,
    /// How media is protected.
    pub srtp: Srtp,
    /// The address written into `c=` and our candidates.
    pub announce: IpAddr,
    /// Whether we offer RTP and RTCP on one port (RFC 5761). Offered to us, it is always taken.
    pub rtcp_mux: bool,
    /// Whether we offer ICE, as a lite agent (RFC 8445 section 2.5). Offered to us, it is always taken.
    pub ice: bool,
    /// Whether video may be negotiated; without it an `m=video` is refused with port 0.
    pub video: bool,
    /// Packet time of what we encode ourselves, in milliseconds.
    pub ptime_ms: u32,
}

impl PhonePolicy {
    /// The default codecs and plain RTP, announced at `announce`.
    pub fn new(announce: IpAddr) -> Self {
        let codecs = ["opus", "G722", "PCMA", "PCMU"].map(String::from).into();
        Self { codecs, srtp: Srtp::Off, announce, rtcp_mux: false, ice: false, video: false, ptime_ms: 20 }
    }
}

/// Protection of the phone's media. What was negotiated once is never weakened in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Srtp {
    /// RTP/AVP only; an offer of SAVP is refused.
    Off,
    /// RTP/AVP with `a=crypto` is offered, whatever comes is taken, DTLS-SRTP too.
    Optional,
    /// RTP/SAVP with `a=crypto` (RFC 4568) or nothing.
    Sdes,
    /// UDP/TLS/RTP/SAVP (RFC 5764) or nothing.
    Dtls,
}
