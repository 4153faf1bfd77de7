//! RTCP packets: reports (RFC 3550 section 6.4), CNAME (6.5) and requests for a keyframe
//! (PLI, RFC 4585 section 6.3.1; FIR, RFC 5104 section 4.3.1).

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const PAYLOAD_FEEDBACK: u8 = 206;
const PLI: u8 = 1;
const FIR: u8 = 4;

/// What a receiver says of one stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Whose stream.
    pub ssrc: u32,
    /// Since the last report, in 1/256.
    pub fraction_lost: u8,
    /// 24 bits.
    pub lost: u32,
    /// Extended highest sequence number.
    pub highest: u32,
    /// In timestamp units.
    pub jitter: u32,
    /// Middle of the NTP time of the sender's last report, and the delay since in 1/65536 s.
    pub last_report: (u32, u32),
}

/// What a sender says of its own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sender {
    /// NTP time in 32.32 bits.
    pub ntp: u64,
    pub timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// What matters to us of a compound packet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Who reports.
    pub ssrc: u32,
    pub sender: Option<Sender>,
    /// About our stream.
    pub block: Option<Block>,
    pub keyframe: bool,
}

/// Reads a compound packet about our stream `ours`. `None` when a length in it points outside
/// of it, or when nothing in it is RTCP.
pub(super) fn parse(mut bytes: &[u8], ours: u32) -> Option<Heard> {
    let mut heard = Heard::default();
    let mut is_first = true;
    while !bytes.is_empty() {
        let [flags, kind, l0, l1, s0, s1, s2, s3, ..] = *bytes else { return None };
        if flags >> 6 != 2 || !(192..=223).contains(&kind) {
            return None;
        }
        let length = 4 + usize::from(u16::from_be_bytes([l0, l1])) * 4;
        let body = bytes.get(8..length.max(8)).filter(|_| length >= 8)?;
        if std::mem::take(&mut is_first) {
            heard.ssrc = u32::from_be_bytes([s0, s1, s2, s3]);
        }
        heard.read(kind, flags & 0x1f, body, ours)?;
        bytes = bytes.get(length..)?;
    }
    (!is_first).then_some(heard)
}

impl Heard {
    fn read(&mut self, kind: u8, count: u8, body: &[u8], ours: u32) -> Option<()> {
        match (kind, count) {
            (SENDER_REPORT, _) => {
                let ntp = u64::from(word(body, 0)?) << 32 | u64::from(word(body, 1)?);
                let (timestamp, packets, octets) = (word(body, 2)?, word(body, 3)?, word(body, 4)?);
                self.sender = Some(Sender { ntp, timestamp, packets, octets });
                self.read_blocks(body.get(20..)?, count, ours)
            }
            (RECEIVER_REPORT, _) => self.read_blocks(body, count, ours),
            (PAYLOAD_FEEDBACK, PLI) => {
                self.keyframe |= word(body, 0) == Some(ours);
                Some(())
            }
            (PAYLOAD_FEEDBACK, FIR) => {
                self.keyframe |= body.get(4..)?.chunks_exact(8).any(|entry| word(entry, 0) == Some(ours));
                Some(())
            }
            _ => Some(()),
        }
    }

    fn read_blocks(&mut self, body: &[u8], count: u8, ours: u32) -> Option<()> {
        for block in body.get(..usize::from(count) * 24)?.chunks_exact(24) {
            let lost = word(block, 1)?;
            let (fraction_lost, lost) = ((lost >> 24) as u8, lost & 0x00ff_ffff);
            let (ssrc, highest, jitter) = (word(block, 0)?, word(block, 2)?, word(block, 3)?);
            let last_report = (word(block, 4)?, word(block, 5)?);
            if ssrc == ours {
                self.block = Some(Block { ssrc, fraction_lost, lost, highest, jitter, last_report });
            }
        }
        Some(())
    }
}

/// The big-endian word at that place.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at * 4..at * 4 + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// A report of `ssrc` with its CNAME: of a sender where it has sent, else of a receiver.
pub(super) fn write(ssrc: u32, sender: Option<&Sender>, block: Option<&Block>, cname: &str) -> Vec<u8> {
    let mut words = vec![ssrc];
    if let Some(sender) = sender {
        words.extend([(sender.ntp >> 32) as u32, sender.ntp as u32, sender.timestamp, sender.packets, sender.octets]);
    }
    if let Some(block) = block {
        let lost = u32::from(block.fraction_lost) << 24 | (block.lost & 0x00ff_ffff);
        words.extend([block.ssrc, lost, block.highest, block.jitter, block.last_report.0, block.last_report.1]);
    }
    let kind = if sender.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    let mut bytes = Vec::with_capacity(128);
    push(&mut bytes, kind, u8::from(block.is_some()), &words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>());
    let name = cname.as_bytes().get(..cname.len().min(64)).unwrap_or_default();
    let mut description = ssrc.to_be_bytes().to_vec();
    description.extend([1, name.len() as u8]);
    description.extend(name);
    // One to four zeros end the list.
    description.resize(description.len() / 4 * 4 + 4, 0);
    push(&mut bytes, DESCRIPTION, 1, &description);
    bytes
}

/// Appends a request for a keyframe of `theirs`.
pub(super) fn push_pli(bytes: &mut Vec<u8>, ours: u32, theirs: u32) {
    push(bytes, PAYLOAD_FEEDBACK, PLI, &[ours.to_be_bytes(), theirs.to_be_bytes()].concat());
}

fn push(bytes: &mut Vec<u8>, kind: u8, count: u8, body: &[u8]) {
    bytes.extend([0x80 | count, kind]);
    bytes.extend(((body.len() / 4) as u16).to_be_bytes());
    bytes.extend(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_no_cut_of_it_panics() {
        let sender = Sender { ntp: 7 << 32 | 9, timestamp: 3, packets: 4, octets: 640 };
        let block = Block { ssrc: 5, fraction_lost: 6, lost: 7, highest: 8, jitter: 9, last_report: (10, 11) };
        let mut bytes = write(1, Some(&sender), Some(&block), "name");
        push_pli(&mut bytes, 1, 5);
        let heard = Heard { ssrc: 1, sender: Some(sender), block: Some(block), keyframe: true };
        assert_eq!(parse(&bytes, 5), Some(heard));
        assert_eq!(parse(&bytes, 6).map(|heard| (heard.block, heard.keyframe)), Some((None, false)));
        let whole = (0..bytes.len()).filter(|length| parse(&bytes[..*length], 5).is_some()).count();
        assert_eq!(whole, 2, "after the report and after the description");
        let mut many = write(1, None, Some(&block), "");
        many[0] |= 0x1f;
        assert_eq!(parse(&many, 5), None, "31 blocks are not there");
        let fir = [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0];
        assert!(parse(&fir, 5).is_some_and(|heard| heard.keyframe));
    }
}
