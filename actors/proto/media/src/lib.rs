//! The media core: what one media peer does with SDP, datagrams and time.
//!
//! Sans-IO. A shell (`actors::media::worker`) owns the sockets and the clock; the one
//! cycle is [`Peer::handle`], then [`Peer::poll`] until it returns `None`.
//! ICE, DTLS-SRTP and RTCP are str0m's; SSRC, sequence and timestamp of everything we
//! send are ours, so a receiver never sees a jump.
//!
//! Absent: codecs (nothing is decoded), TURN, ICE-TCP, data channels (negotiated, ignored).

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "virtual time needs an origin"))]

pub mod bridge;
mod certificate;
#[cfg(feature = "client")]
pub mod client;
mod dtls;
pub mod dtmf;
mod echo;
mod event;
mod forward;
mod io;
mod leg;
pub mod limits;
mod offer;
mod peer;
pub mod phone;
pub mod record;
mod rtc;
mod stats;
pub mod stun;

pub use certificate::{Certificate, CertificateError};
pub use event::{BadDatagram, Event, Stats};
pub use forward::{Forward, Position, Source};
pub use io::{Command, Input, Kind, Output, Setup};
pub use offer::OfferError;
pub use peer::Peer;
