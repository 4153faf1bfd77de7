//! The phone's leg of a bridge: RTP (RFC 3550) as a SIP phone speaks it, negotiated by
//! offer and answer (RFC 3264).
//!
//! Protected by SDES (RFC 4568) or DTLS-SRTP (RFC 5764), found by ICE where the phone does it (RFC 8445, as a lite
//! agent), else by what the description says and the first packets show.
//!
//! [`PhoneLeg`] is the whole of it: descriptions in and out, datagrams in and out. Nothing
//! is decoded and no sequence is invented except for key presses we send (RFC 4733).

mod association;
mod fingerprint;
mod ice;
mod io;
mod keys;
mod latch;
mod leg;
mod negotiation;
mod path;
mod protection;
mod reports;
mod rtcp;
mod rtp;
mod secrets;
mod srtp;
mod stream;
#[cfg(test)]
mod tests;

pub use io::{Agreed, Agreement, Input, Medium, Output, Packet, PhoneSetup, Received, Refusal, Socket};
pub use leg::PhoneLeg;
