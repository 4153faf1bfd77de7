//! [`Outgoing`]: what we send under one master key.

use super::keys::Master;
use super::session::Session;

/// Protects the packets of one SSRC.
#[derive(Debug)]
pub struct Outgoing {
    master: Master,
    rtp: Session,
    rtcp: Session,
    /// Roll-overs of the caller's numbers before our first packet: the receiver begins at zero.
    base: Option<u64>,
    rtcp_index: u32,
}

impl Outgoing {
    /// A context with its roll-over counter at zero.
    pub fn new(master: Master) -> Option<Outgoing> {
        let (rtp, rtcp) = (master.rtp()?, master.rtcp()?);
        Some(Outgoing { master, rtp, rtcp, base: None, rtcp_index: 0 })
    }

    pub fn master(&self) -> &Master {
        &self.master
    }

    /// Protects an RTP packet with a header of 12 bytes and that extended sequence number.
    pub fn rtp(&mut self, ssrc: u32, sequence: u64, packet: Vec<u8>) -> Option<Vec<u8>> {
        let base = *self.base.get_or_insert(sequence >> 16);
        let index = sequence.checked_sub(base << 16)?;
        self.rtp.seal_rtp(ssrc, index, packet)
    }

    /// Protects a compound RTCP packet. `None` after 2^31 of them.
    pub fn rtcp(&mut self, ssrc: u32, packet: Vec<u8>) -> Option<Vec<u8>> {
        let index = self.rtcp_index;
        self.rtcp_index = index.checked_add(1).filter(|next| *next < 1 << 31)?;
        self.rtcp.seal_rtcp(ssrc, index, packet)
    }
}
