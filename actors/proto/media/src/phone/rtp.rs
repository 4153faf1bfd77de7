//! RTP packets (RFC 3550 section 5.1) and extended sequence numbers (appendix A.1).

/// A received header that has been checked, with its payload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rtp<'a> {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: &'a [u8],
}

impl<'a> Rtp<'a> {
    /// Reads a packet; `None` when any length in it points outside of it.
    pub fn parse(bytes: &'a [u8]) -> Option<Rtp<'a>> {
        let [flags, kind, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3, rest @ ..] = bytes else { return None };
        if flags >> 6 != 2 {
            return None;
        }
        let mut rest = rest.get(usize::from(flags & 0x0f) * 4..)?;
        if flags & 0x10 != 0 {
            let [_, _, l0, l1, extension @ ..] = rest else { return None };
            rest = extension.get(usize::from(u16::from_be_bytes([*l0, *l1])) * 4..)?;
        }
        if flags & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            let length = rest.len().checked_sub(padding).filter(|_| padding > 0)?;
            rest = rest.get(..length)?;
        }
        Some(Rtp {
            marker: kind & 0x80 != 0,
            payload_type: kind & 0x7f,
            sequence: u16::from_be_bytes([*s0, *s1]),
            timestamp: u32::from_be_bytes([*t0, *t1, *t2, *t3]),
            ssrc: u32::from_be_bytes([*c0, *c1, *c2, *c3]),
            payload: rest,
        })
    }
}

/// Writes a packet without extensions.
pub(super) fn write(ssrc: u32, packet: &super::Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + packet.payload.len() + 16);
    bytes.push(0x80);
    bytes.push((packet.payload_type & 0x7f) | if packet.marker { 0x80 } else { 0 });
    bytes.extend((packet.sequence as u16).to_be_bytes());
    bytes.extend(packet.timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(packet.payload);
    bytes
}

/// Whether a datagram of a muxed port is RTCP (RFC 5761 section 4).
pub(super) fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [first, 192..=223, ..] if first >> 6 == 2)
}

/// Counts roll-overs of one SSRC.
#[derive(Debug)]
pub(super) struct Sequence {
    pub ssrc: u32,
    highest: u64,
}

impl Sequence {
    /// Begins one roll-over above zero, so that a late packet from before has a number too.
    pub fn new(ssrc: u32, first: u16) -> Sequence {
        Sequence { ssrc, highest: 0x1_0000 + u64::from(first) }
    }

    /// The extended number nearest to the highest so far.
    pub fn extend(&mut self, sequence: u16) -> u64 {
        let step = sequence.wrapping_sub(self.highest as u16) as i16;
        let extended = self.highest.saturating_add_signed(i64::from(step));
        self.highest = self.highest.max(extended);
        extended
    }
}
