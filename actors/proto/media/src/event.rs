//! What a peer tells its owner.

use std::time::Duration;

use thiserror::Error;

/// An event of one peer, in the order it happened. Nothing follows [`Event::Failed`].
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The answer to the last offer, with all our host candidates in it.
    Answer {
        /// The whole description (RFC 8829), CRLF line ends.
        sdp: String,
    },
    /// The last offer was not applied; everything goes on as it was before it.
    Refused {
        /// What is wrong with the offer, in words.
        detail: String,
    },
    /// The peer has ended and is gone.
    Failed {
        /// Why, in words. Never contains key material.
        detail: String,
    },
    /// ICE and DTLS are up and media flows. Again after each [`Event::Disconnected`].
    Connected,
    /// No answer to consent checks (RFC 7675). The peer lives on; an ICE restart or the
    /// return of the network brings it back, else [`Event::Failed`] follows.
    Disconnected,
    /// The far end pressed a key (RFC 4733). Sent once, when the key is released or
    /// when its end packets are lost and the next key or silence proves it.
    Dtmf {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long the key was held.
        duration: Duration,
    },
    /// Every [`crate::limits::STATS_INTERVAL`] while connected.
    Stats(Stats),
}

/// Totals of a peer since it began, and the newest reports of both directions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// RTP packets received.
    pub packets_in: u64,
    /// RTP packets sent, with retransmissions.
    pub packets_out: u64,
    /// RTP payload bytes received.
    pub bytes_in: u64,
    /// RTP payload bytes sent.
    pub bytes_out: u64,
    /// Share of packets lost on the way to us since the last report, 0.0 to 1.0. The worst stream.
    pub loss_in: Option<f32>,
    /// Share lost on the way to the far end, as it reports it, 0.0 to 1.0. The worst stream.
    pub loss_out: Option<f32>,
    /// Interarrival jitter (RFC 3550 6.4.1) of the audio we receive.
    pub jitter_in: Option<Duration>,
    /// Jitter of the audio we send, as the far end reports it.
    pub jitter_out: Option<Duration>,
    /// Round trip: of ICE consent checks, else of RTCP reports.
    pub rtt: Option<Duration>,
}

/// Why a datagram was dropped. It is counted; it never ends a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadDatagram {
    /// First byte outside the ranges of RFC 7983, or a header that does not parse.
    #[error("not STUN, DTLS, RTP or RTCP")]
    Malformed,
    /// STUN of another session or with a wrong MESSAGE-INTEGRITY (RFC 8445 7.3).
    #[error("STUN that does not authenticate")]
    Unauthenticated,
    /// DTLS or SRTP from an address that no connectivity check has validated.
    #[error("from an address that is not ICE-validated")]
    Unvalidated,
    /// A DTLS record that the handshake refuses.
    #[error("a DTLS record that does not fit")]
    Dtls,
}
