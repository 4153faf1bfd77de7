//! The phone's leg of a bridge: RTP (RFC 3550) as a SIP phone speaks it, negotiated by
//! offer and answer (RFC 3264).
//!
//! [`PhoneLeg`] is the whole of it: descriptions in and out, datagrams in and out. Nothing
//! is decoded and no sequence is invented except for key presses we send (RFC 4733).

mod io;
mod keys;
mod latch;
mod leg;
mod negotiation;
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
