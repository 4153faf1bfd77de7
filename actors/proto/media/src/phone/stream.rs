//! One medium of the leg: its SSRC, its source, its numbers.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use sdp::plain::Ice;
use sdp::plain::formats::ways;

use super::keys::{KeyPacket, units};
use super::negotiation::Section;
use super::path::{Path, Place};
use super::protection::Guard;
use super::reports::Reports;
use super::rtcp::{self, Heard};
use super::rtp::{self, Rtp, Sequence};
use super::{Agreed, Medium, Packet, Received};
use crate::Certificate;

/// One negotiated medium.
#[derive(Debug)]
pub(super) struct Stream {
    pub medium: Medium,
    /// For the life of the leg.
    pub ssrc: u32,
    /// RTP, and RTCP when muxed.
    pub rtp: Path,
    /// RTCP when not muxed; keyed with RTP unless by DTLS (RFC 5764 section 4.1).
    pub rtcp: Path,
    pub agreed: Option<Agreed>,
    /// Payload types the phone may send with, and the one of `agreed` each stands for.
    receives: Vec<(u8, u8)>,
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
    rtcp_address: (Option<SocketAddr>, Option<SocketAddr>),
    pub reports: Reports,
}

/// What was agreed on with the phone before, until it is certain that another one has taken the leg.
#[derive(Debug)]
pub(super) struct Before {
    rtp: Path,
    rtcp: Path,
    agreed: Option<Agreed>,
    receives: Vec<(u8, u8)>,
    rtcp_mux: bool,
    rtcp_address: (Option<SocketAddr>, Option<SocketAddr>),
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
            rtp: Path::new(),
            rtcp: Path::new(),
            agreed: None,
            receives: Vec::new(),
            incoming: None,
            shift: None,
            since: 0,
            sent: None,
            rtcp_mux: false,
            rtcp_address: (None, None),
            reports: Reports::new(ssrc),
        }
    }

    /// We offer ICE: the phone may check before its answer is here.
    pub fn prepare(&mut self, ours: &Ice) {
        self.rtp.prepare(ours);
        self.rtcp.prepare(ours);
    }

    /// Another phone takes the leg; returns what [`Stream::restore`] gives back to the one before.
    pub fn set_aside(&mut self) -> Before {
        let (rtp, rtcp) = (self.rtp.successor(), self.rtcp.successor());
        Before {
            rtp: std::mem::replace(&mut self.rtp, rtp),
            rtcp: std::mem::replace(&mut self.rtcp, rtcp),
            agreed: self.agreed.take(),
            receives: std::mem::take(&mut self.receives),
            rtcp_mux: self.rtcp_mux,
            rtcp_address: self.rtcp_address,
        }
    }

    /// The phone before goes on where it was. Our numbers go on from where they are: no packet has the place of another.
    pub fn restore(&mut self, now: Instant, before: Before) {
        (self.rtp, self.rtcp) = (before.rtp, before.rtcp);
        (self.agreed, self.receives) = (before.agreed, before.receives);
        (self.rtcp_mux, self.rtcp_address) = (before.rtcp_mux, before.rtcp_address);
        match self.agreed {
            Some(_) => self.reports.begin(now),
            None => self.reports.stop(),
        }
    }

    /// Takes what was agreed on, `None` to end it.
    pub fn install(
        &mut self,
        now: Instant,
        section: Option<Section>,
        signalled: Option<IpAddr>,
        certificate: Option<&Certificate>,
    ) {
        let Some(section) = section else {
            self.agreed = None;
            self.receives.clear();
            self.reports.stop();
            self.rtp.close();
            self.rtcp.close();
            return;
        };
        let (rtp, rtcp) = (section.theirs.rtp_address(), section.theirs.rtcp_address());
        let ice = section.ice.as_ref();
        let place = Place { described: rtp, signalled, ice, guard: &section.guard };
        self.rtp.install(now, &place, certificate);
        self.rtcp_mux = section.rtcp_mux;
        self.rtcp_address = (rtcp, None);
        let guard = match &section.guard {
            Guard::Dtls(terms) => Guard::Dtls(terms.clone()),
            Guard::Plain | Guard::Sdes(_) => Guard::Plain,
        };
        if section.rtcp_mux {
            self.rtcp.close();
        } else {
            self.rtcp.install(now, &Place { described: rtcp, guard: &guard, ..place }, certificate);
        }
        self.reports.begin(now);
        self.receives = section.receives;
        self.agreed = Some(section.agreed);
    }

    /// Takes one datagram. `None`: dropped.
    pub fn receive(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Option<Received> {
        let opened = self.rtp.open_rtp(bytes)?;
        let packet = Rtp::parse(&opened)?;
        let (_, payload_type) = *self.receives.iter().find(|(theirs, _)| *theirs == packet.payload_type)?;
        if !self.rtp.admits(now, source, packet.ssrc) {
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

    fn pack(&mut self, packet: &Packet<'_>) -> Option<Vec<u8>> {
        let sealed = self.rtp.seal_rtp(self.ssrc, packet.sequence, rtp::write(self.ssrc, packet))?;
        self.reports.sent.0 += 1;
        self.reports.sent.1 += packet.payload.len() as u64;
        Some(sealed)
    }

    /// Takes RTCP, from the address that is described or from the host that RTP comes from.
    pub fn receive_rtcp(&mut self, now: Instant, source: SocketAddr, bytes: &[u8]) -> Option<Heard> {
        let host = self.rtp.destination().map(|address| address.ip());
        let keyed = self.keyed();
        let (is_secured, opened) = (keyed.is_secured(), keyed.open_rtcp(bytes)?);
        let is_known = is_secured || self.rtcp_address.0 == Some(source) || host == Some(source.ip());
        let heard = rtcp::parse(&opened, self.ssrc).filter(|_| is_known)?;
        self.agreed.as_ref()?;
        self.rtcp_address.1 = Some(source);
        self.reports.heard(now, &heard);
        Some(heard)
    }

    /// What has the keys of RTCP.
    fn keyed(&mut self) -> &mut Path {
        if self.rtcp.is_dtls() { &mut self.rtcp } else { &mut self.rtp }
    }

    /// Where reports go: with RTP, where ICE found the phone, where they come from, or where they are described.
    fn report_to(&self) -> Option<SocketAddr> {
        let (described, learned) = self.rtcp_address;
        match () {
            () if self.rtcp_mux => self.rtp.destination(),
            () if self.rtcp.has_agent() => self.rtcp.destination(),
            () => learned.or(described),
        }
    }

    /// A report, with a request for a keyframe where one is wanted, and where it goes.
    pub fn report(&mut self, now: Instant, cname: &str, keyframe: bool) -> Option<(SocketAddr, Vec<u8>)> {
        let destination = self.report_to().filter(|_| self.agreed.is_some())?;
        let timestamp = self.clock(now, self.clock_hz());
        let (sender, block) = (self.reports.sender(now, timestamp), self.reports.reception(now));
        let mut bytes = rtcp::write(self.ssrc, sender.as_ref(), block.as_ref(), cname);
        if let Some(theirs) = self.reports.source().filter(|_| keyframe) {
            rtcp::push_pli(&mut bytes, self.ssrc, theirs);
        }
        let ssrc = self.ssrc;
        Some((destination, self.keyed().seal_rtcp(ssrc, bytes)?))
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
        self.rtp.destination().filter(|_| self.rtp.has_keys())
    }

    /// Whether the phone should be heard.
    pub fn expects(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.direction == sdp::Direction::SendRecv)
    }
}
