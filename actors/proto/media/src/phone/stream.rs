//! One medium of the leg: its SSRC, its source, its numbers.

use std::net::SocketAddr;
use std::time::Instant;

use sdp::plain::formats::ways;

use super::keys::{KeyPacket, units};
use super::latch::Latch;
use super::protection::Keys;
use super::reports::Reports;
use super::rtcp::{self, Heard};
use super::rtp::{self, Rtp, Sequence};
use super::srtp::Pair;
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
    /// Added to the caller's numbers, modulo 2^64: less for each packet of its that was not
    /// sent, more for each key packet of ours in between.
    shift: Option<u64>,
    /// The caller's numbers below it have no place any more.
    since: u64,
    sent: Option<Sent>,
    /// Whether RTCP goes over the RTP port.
    pub rtcp_mux: bool,
    /// Where RTCP goes, as the description says, and where it came from last.
    pub rtcp_address: (Option<SocketAddr>, Option<SocketAddr>),
    pub reports: Reports,
    /// SRTP, where it was agreed on.
    pair: Option<Pair>,
    /// Protection was agreed on: without a pair nothing goes and nothing comes.
    is_secured: bool,
}

/// The newest of what we sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    sequence: u64,
    timestamp: u32,
    at: Instant,
}

impl Stream {
    pub fn new(medium: Medium, ssrc: u32) -> Stream {
        Stream {
            medium,
            ssrc,
            latch: Latch::new(),
            agreed: None,
            receives: Vec::new(),
            incoming: None,
            shift: None,
            since: 0,
            sent: None,
            rtcp_mux: false,
            rtcp_address: (None, None),
            reports: Reports::new(ssrc),
            pair: None,
            is_secured: false,
        }
    }

    /// Takes one datagram. `None`: dropped.
    pub fn receive(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Option<Received> {
        let opened = match &mut self.pair {
            Some(pair) => Some(pair.incoming().rtp(bytes)?),
            None if self.is_secured => return None,
            None => None,
        };
        let packet = Rtp::parse(opened.as_deref().unwrap_or(bytes))?;
        let (_, payload_type) = *self.receives.iter().find(|(theirs, _)| *theirs == packet.payload_type)?;
        if !self.latch.admits(now, source, packet.ssrc, self.is_secured) {
            return None;
        }
        if self.incoming.as_ref().is_none_or(|incoming| incoming.ssrc != packet.ssrc) {
            self.incoming = Some(Sequence::new(packet.ssrc, packet.sequence));
        }
        let sequence = self.incoming.as_mut()?.extend(packet.sequence);
        let (ssrc, timestamp, marker) = (packet.ssrc, packet.timestamp, packet.marker);
        let payload = packet.payload.to_vec();
        self.reports.count(now, ssrc, sequence, timestamp, self.clock_hz());
        self.reports.received.0 += 1;
        self.reports.received.1 += payload.len() as u64;
        Some(Received { medium: self.medium, ssrc, payload_type, sequence, timestamp, marker, payload })
    }

    /// A datagram for `packet`; `None` while nothing may be sent, which leaves no gap.
    pub fn write(&mut self, now: Instant, packet: &Packet<'_>) -> Option<(SocketAddr, Vec<u8>)> {
        if packet.sequence < self.since {
            return None;
        }
        let Some(destination) = self.destination() else {
            self.skip(packet.sequence);
            return None;
        };
        let follows = self.sent.map_or(0, |sent| sent.sequence.wrapping_add(1).wrapping_sub(packet.sequence));
        let sequence = packet.sequence.wrapping_add(*self.shift.get_or_insert(follows));
        if self.sent.is_none_or(|sent| sequence > sent.sequence) {
            self.sent = Some(Sent { sequence, timestamp: packet.timestamp, at: now });
        }
        Some((destination, self.pack(&Packet { sequence, ..*packet })?))
    }

    /// The caller's packet of that number is not sent, and its number goes to the next one.
    pub fn skip(&mut self, sequence: u64) {
        if let Some(shift) = self.shift.as_mut().filter(|_| sequence >= self.since) {
            *shift = shift.wrapping_sub(1);
            self.since = sequence + 1;
        }
    }

    /// A datagram for a packet of our own behind all that was sent.
    pub fn insert(&mut self, now: Instant, payload_type: u8, key: &KeyPacket) -> Option<(SocketAddr, Vec<u8>)> {
        let destination = self.destination()?;
        let newest = self.sent;
        let sequence = newest.map_or(u64::from(self.ssrc & 0x7fff), |sent| sent.sequence.wrapping_add(1));
        if let Some((shift, sent)) = self.shift.as_mut().zip(newest) {
            self.since = self.since.max(sent.sequence.wrapping_sub(*shift).wrapping_add(1));
            *shift = shift.wrapping_add(1);
        }
        self.sent = match self.sent {
            Some(sent) => Some(Sent { sequence, ..sent }),
            None => Some(Sent { sequence, timestamp: key.timestamp, at: now }),
        };
        let payload = key.report.to_bytes();
        let (timestamp, marker) = (key.timestamp, key.marker);
        let packet = Packet { payload_type, sequence, timestamp, marker, payload: &payload };
        Some((destination, self.pack(&packet)?))
    }

    /// Takes the keys agreed on; the counters of keys that stay go on.
    pub fn protect(&mut self, keys: Option<&Keys>) {
        self.is_secured = keys.is_some();
        self.pair = keys.and_then(|keys| Pair::next(self.pair.take(), &keys.ours, &keys.theirs, keys.mki));
    }

    fn pack(&mut self, packet: &Packet<'_>) -> Option<Vec<u8>> {
        self.reports.sent.0 += 1;
        self.reports.sent.1 += packet.payload.len() as u64;
        let bytes = rtp::write(self.ssrc, packet);
        match &mut self.pair {
            Some(pair) => pair.outgoing()?.rtp(self.ssrc, packet.sequence, bytes),
            None => (!self.is_secured).then_some(bytes),
        }
    }

    /// Takes RTCP, from the address that is described or from the host that RTP comes from.
    pub fn receive_rtcp(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Option<Heard> {
        let host = self.latch.destination().map(|address| address.ip());
        let opened = match &mut self.pair {
            Some(pair) => Some(pair.incoming().rtcp(bytes)?),
            None if self.is_secured => return None,
            None => None,
        };
        let is_known = opened.is_some() || self.rtcp_address.0 == Some(source) || host == Some(source.ip());
        let heard = rtcp::parse(opened.as_deref().unwrap_or(bytes), self.ssrc).filter(|_| is_known)?;
        self.agreed.as_ref()?;
        self.rtcp_address.1 = Some(source);
        self.reports.heard(now, &heard);
        Some(heard)
    }

    /// A report, with a request for a keyframe where one is wanted, and where it goes.
    pub fn report(&mut self, now: Instant, cname: &str, keyframe: bool) -> Option<(SocketAddr, Vec<u8>)> {
        let (described, learned) = self.rtcp_address;
        let muxed = self.latch.destination().filter(|_| self.rtcp_mux);
        let destination = muxed.or(learned).or(described).filter(|_| self.agreed.is_some())?;
        let timestamp = self.clock(now, self.clock_hz());
        let (sender, block) = (self.reports.sender(now, timestamp), self.reports.reception(now));
        let mut bytes = rtcp::write(self.ssrc, sender.as_ref(), block.as_ref(), cname);
        if let Some(theirs) = self.reports.source().filter(|_| keyframe) {
            rtcp::push_pli(&mut bytes, self.ssrc, theirs);
        }
        let bytes = match &mut self.pair {
            Some(pair) => pair.outgoing()?.rtcp(self.ssrc, bytes)?,
            None => Some(bytes).filter(|_| !self.is_secured)?,
        };
        Some((destination, bytes))
    }

    /// The RTP clock of the codec.
    pub fn clock_hz(&self) -> u32 {
        self.agreed.as_ref().and_then(Agreed::codec).map_or(8000, |codec| codec.clock_hz)
    }

    /// The timestamp of what would be sent now.
    pub fn clock(&self, now: Instant, clock_hz: u32) -> u32 {
        let Some(sent) = self.sent else { return self.ssrc.rotate_left(16) };
        let units = units(now.saturating_duration_since(sent.at), clock_hz) as u32;
        sent.timestamp.wrapping_add(units.max(1))
    }

    fn destination(&self) -> Option<SocketAddr> {
        self.agreed.as_ref().filter(|agreed| ways(agreed.direction).0)?;
        self.latch.destination()
    }

    /// Whether the phone should be heard.
    pub fn expects(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.direction == sdp::Direction::SendRecv)
    }
}
