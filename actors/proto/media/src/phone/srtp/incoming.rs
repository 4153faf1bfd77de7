//! [`Incoming`]: what the phone sends under one master key.

use super::keys::Master;
use super::replay::Replay;
use super::session::Session;

/// SSRCs whose counters are kept; the oldest gives way.
const SOURCES: usize = 8;

/// Verifies and opens packets. What does not verify changes nothing.
#[derive(Debug)]
pub struct Incoming {
    master: Master,
    /// Bytes of the master key identifier in front of each tag.
    mki: usize,
    rtp: Session,
    rtcp: Session,
    rtp_sources: Vec<(u32, Replay)>,
    rtcp_sources: Vec<(u32, Replay)>,
}

impl Incoming {
    /// A context whose roll-over counters are at zero.
    pub fn new(master: Master, mki: u8) -> Option<Incoming> {
        let (rtp, rtcp) = (master.rtp()?, master.rtcp()?);
        let (rtp_sources, rtcp_sources) = (Vec::new(), Vec::new());
        Some(Incoming { master, mki: usize::from(mki), rtp, rtcp, rtp_sources, rtcp_sources })
    }

    /// Whether it is of that key.
    pub fn is(&self, master: &Master, mki: u8) -> bool {
        self.master == *master && self.mki == usize::from(mki)
    }

    /// Opens an RTP packet; `None` for what is no RTP, does not verify or came before.
    pub fn rtp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let [flags, _, s0, s1, _, _, _, _, c0, c1, c2, c3, ..] = *packet else { return None };
        let (ssrc, sequence) = (u32::from_be_bytes([c0, c1, c2, c3]), u16::from_be_bytes([s0, s1]));
        let known = find(&self.rtp_sources, ssrc);
        let index = estimate(known, sequence)?;
        known.is_none_or(|replay| replay.admits(index)).then_some(())?;
        let opened = self.rtp.open_rtp(ssrc, index, header(flags, packet)?, self.mki, packet)?;
        record(&mut self.rtp_sources, ssrc, index);
        Some(opened)
    }

    /// Opens a compound RTCP packet.
    pub fn rtcp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let ssrc = u32::from_be_bytes(packet.get(4..8)?.try_into().ok()?);
        let known = find(&self.rtcp_sources, ssrc);
        let admits = |index| known.is_none_or(|replay| replay.admits(index));
        let (index, opened) = self.rtcp.open_rtcp(ssrc, self.mki, packet, admits)?;
        record(&mut self.rtcp_sources, ssrc, index);
        Some(opened)
    }
}

/// Bytes of an RTP header with its sources and extension.
fn header(flags: u8, packet: &[u8]) -> Option<usize> {
    let fixed = 12 + usize::from(flags & 0x0f) * 4;
    if flags & 0x10 == 0 {
        return (fixed <= packet.len()).then_some(fixed);
    }
    let [_, _, l0, l1] = *packet.get(fixed..fixed + 4)? else { return None };
    let length = fixed + 4 + usize::from(u16::from_be_bytes([l0, l1])) * 4;
    (length <= packet.len()).then_some(length)
}

/// The index nearest to the highest so far (RFC 3711 section 3.3.1).
fn estimate(known: Option<&Replay>, sequence: u16) -> Option<u64> {
    let Some(known) = known else { return Some(u64::from(sequence)) };
    let step = sequence.wrapping_sub(known.highest() as u16) as i16;
    known.highest().checked_add_signed(i64::from(step)).filter(|index| *index < 1 << 48)
}

fn find(sources: &[(u32, Replay)], ssrc: u32) -> Option<&Replay> {
    sources.iter().find(|(known, _)| *known == ssrc).map(|(_, replay)| replay)
}

fn record(sources: &mut Vec<(u32, Replay)>, ssrc: u32, index: u64) {
    if let Some((_, replay)) = sources.iter_mut().find(|(known, _)| *known == ssrc) {
        return replay.record(index);
    }
    if sources.len() >= SOURCES {
        sources.remove(0);
    }
    sources.push((ssrc, Replay::new(index)));
}
