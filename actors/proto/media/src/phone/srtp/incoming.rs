//! [`Incoming`]: what the phone sends under one master key.

use super::keys::{Master, RTCP_TAG, Session};
use super::replay::Replay;

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
        let (body, tag) = packet.split_at_checked(packet.len().checked_sub(self.master.tag)?)?;
        let body = body.get(..body.len().checked_sub(self.mki)?)?;
        let [flags, _, s0, s1, _, _, _, _, c0, c1, c2, c3, ..] = *body else { return None };
        let (ssrc, sequence) = (u32::from_be_bytes([c0, c1, c2, c3]), u16::from_be_bytes([s0, s1]));
        let header = header(flags, body)?;
        let index = estimate(find(&self.rtp_sources, ssrc), sequence)?;
        admits(&self.rtp_sources, ssrc, index)?;
        let verifies = self.rtp.verifies([body, &((index >> 16) as u32).to_be_bytes()], tag);
        verifies.then(|| record(&mut self.rtp_sources, ssrc, index))?;
        let mut packet = body.to_vec();
        self.rtp.crypt(ssrc, index, packet.get_mut(header..)?)?;
        Some(packet)
    }

    /// Opens a compound RTCP packet.
    pub fn rtcp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let (body, tag) = packet.split_at_checked(packet.len().checked_sub(RTCP_TAG)?)?;
        let body = body.get(..body.len().checked_sub(self.mki)?)?;
        let (plain, trailer) = body.split_last_chunk::<4>()?;
        let trailer = u32::from_be_bytes(*trailer);
        let (index, is_encrypted) = (u64::from(trailer & 0x7fff_ffff), trailer >> 31 == 1);
        let ssrc = u32::from_be_bytes(plain.get(4..8)?.try_into().ok()?);
        admits(&self.rtcp_sources, ssrc, index)?;
        // What claims not to be encrypted was not agreed on (RFC 4568 section 6.3.2).
        (is_encrypted && self.rtcp.verifies([body, &[]], tag)).then(|| record(&mut self.rtcp_sources, ssrc, index))?;
        let mut packet = plain.to_vec();
        self.rtcp.crypt(ssrc, index, packet.get_mut(8..)?)?;
        Some(packet)
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

fn admits(sources: &[(u32, Replay)], ssrc: u32, index: u64) -> Option<()> {
    find(sources, ssrc).is_none_or(|replay| replay.admits(index)).then_some(())
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
