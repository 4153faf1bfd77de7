//! One medium of the leg: its SSRC, its source, its numbers.

use std::net::SocketAddr;
use std::time::Instant;

use sdp::plain::formats::ways;

use super::latch::Latch;
use super::rtp::{self, Rtp, Sequence};
use super::{Agreed, Medium, Packet, Received};

/// One negotiated medium.
#[derive(Debug)]
pub(super) struct Stream {
    pub medium: Medium,
    /// For the life of the leg.
    pub ssrc: u32,
    pub latch: Latch,
    pub agreed: Option<Agreed>,
    /// Payload types the phone may send with, and the one of `agreed` each stands for.
    pub receives: Vec<(u8, u8)>,
    incoming: Option<Sequence>,
    /// Subtracted from the caller's numbers: packets it made that were not sent.
    unsent: u64,
    pub last_in: Option<Instant>,
}

impl Stream {
    pub fn new(medium: Medium, ssrc: u32) -> Stream {
        let latch = Latch::new();
        Stream { medium, ssrc, latch, agreed: None, receives: Vec::new(), incoming: None, unsent: 0, last_in: None }
    }

    /// Takes one datagram. `None`: dropped.
    pub fn receive(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Option<Received> {
        let packet = Rtp::parse(bytes)?;
        let (_, payload_type) = *self.receives.iter().find(|(theirs, _)| *theirs == packet.payload_type)?;
        if !self.latch.admits(now, source, packet.ssrc) {
            return None;
        }
        self.last_in = Some(now);
        if self.incoming.as_ref().is_none_or(|incoming| incoming.ssrc != packet.ssrc) {
            self.incoming = Some(Sequence::new(packet.ssrc, packet.sequence));
        }
        let sequence = self.incoming.as_mut()?.extend(packet.sequence);
        let (ssrc, timestamp, marker) = (packet.ssrc, packet.timestamp, packet.marker);
        let payload = packet.payload.to_vec();
        Some(Received { medium: self.medium, ssrc, payload_type, sequence, timestamp, marker, payload })
    }

    /// A datagram for `packet`; `None` while nothing may be sent, which leaves no gap.
    pub fn write(&mut self, packet: &Packet<'_>) -> Option<(SocketAddr, Vec<u8>)> {
        let sends = self.agreed.as_ref().is_some_and(|agreed| ways(agreed.direction).0);
        let Some(destination) = self.latch.destination().filter(|_| sends) else {
            self.unsent += 1;
            return None;
        };
        let sequence = packet.sequence.wrapping_sub(self.unsent);
        Some((destination, rtp::write(self.ssrc, &Packet { sequence, ..*packet })))
    }

    /// Whether the phone should be heard.
    pub fn expects(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.direction == sdp::Direction::SendRecv)
    }
}
