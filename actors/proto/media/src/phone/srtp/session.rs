//! [`Session`]: one packet sealed or opened, in the layout of its suite.

use super::counter::Counter;
use super::gcm::Gcm;

/// The bit in front of an RTCP index that says the packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Session keys of one direction, of RTP or of RTCP.
pub(super) enum Session {
    /// Apart, as it is large.
    Counter(Box<Counter>),
    Gcm(Gcm),
}

impl Session {
    /// Seals an RTP packet with a header of 12 bytes.
    pub fn seal_rtp(&self, ssrc: u32, index: u64, packet: Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Session::Counter(keys) => keys.seal((ssrc, index), 12, roll_over(index), false, packet),
            Session::Gcm(keys) => keys.seal((ssrc, index), 12, &[], packet),
        }
    }

    /// Opens an RTP packet whose payload begins at `header`, with `mki` bytes of identifier.
    pub fn open_rtp(&self, ssrc: u32, index: u64, header: usize, mki: usize, packet: &[u8]) -> Option<Vec<u8>> {
        match self {
            Session::Counter(keys) => {
                let (body, tag) = split(packet, keys.tag)?;
                let (body, _) = split(body, mki)?;
                keys.open((ssrc, index), header, roll_over(index), body, tag)
            }
            Session::Gcm(keys) => keys.open((ssrc, index), header, &[], split(packet, mki)?.0),
        }
    }

    /// Seals a compound RTCP packet; the index has 31 bits.
    pub fn seal_rtcp(&self, ssrc: u32, index: u32, packet: Vec<u8>) -> Option<Vec<u8>> {
        let (place, trailer) = ((ssrc, u64::from(index)), (index | ENCRYPTED).to_be_bytes());
        match self {
            Session::Counter(keys) => keys.seal(place, 8, trailer, true, packet),
            Session::Gcm(keys) => {
                let mut packet = keys.seal(place, 8, &trailer, packet)?;
                packet.extend(trailer);
                Some(packet)
            }
        }
    }

    /// Index and content of a compound RTCP packet where `admits` takes the index. What claims
    /// not to be encrypted was not agreed on (RFC 4568 section 6.3.2).
    pub fn open_rtcp(
        &self,
        ssrc: u32,
        mki: usize,
        packet: &[u8],
        admits: impl Fn(u64) -> bool,
    ) -> Option<(u64, Vec<u8>)> {
        let (body, tag) = match self {
            Session::Counter(keys) => split(packet, keys.tag)?,
            Session::Gcm(_) => (packet, packet.get(..0)?),
        };
        let (sealed, trailer) = split(body, mki)?.0.split_last_chunk::<4>()?;
        let word = u32::from_be_bytes(*trailer);
        let index = u64::from(word & !ENCRYPTED);
        (word & ENCRYPTED != 0 && admits(index)).then_some(())?;
        let opened = match self {
            Session::Counter(keys) => keys.open((ssrc, index), 8, *trailer, sealed, tag)?,
            Session::Gcm(keys) => keys.open((ssrc, index), 8, trailer, sealed)?,
        };
        Some((index, opened))
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

fn roll_over(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// All but the last bytes, and those.
fn split(bytes: &[u8], last: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.len().checked_sub(last)?)
}
