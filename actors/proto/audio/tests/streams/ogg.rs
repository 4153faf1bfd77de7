//! A reader of Ogg Opus files that forgives nothing.

/// A page (RFC 3533 section 6).
#[derive(Debug)]
pub struct Page {
    pub flags: u8,
    pub granule: u64,
    pub serial: u32,
    pub sequence: u32,
    /// Packets here all begin and end on one page.
    pub packets: Vec<Vec<u8>>,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("as many bytes")
}

/// The whole pages of a file, and what is left behind them.
pub fn pages(mut file: &[u8]) -> (Vec<Page>, usize) {
    let mut pages = Vec::new();
    while let Some((page, length)) = page(file) {
        pages.push(page);
        file = &file[length..];
    }
    (pages, file.len())
}

fn page(bytes: &[u8]) -> Option<(Page, usize)> {
    let segments = bytes.get(27..27 + usize::from(*bytes.get(26)?))?;
    let start = 27 + segments.len();
    let end = start + segments.iter().map(|length| usize::from(*length)).sum::<usize>();
    let whole = bytes.get(..end)?;
    assert_eq!((&whole[..4], whole[4]), (&b"OggS"[..], 0));
    let mut blank = whole.to_vec();
    blank[22..26].fill(0);
    assert_eq!(u32::from_le_bytes(number(whole, 22)), checksum(&blank));
    let (mut packets, mut packet, mut at) = (Vec::new(), Vec::new(), start);
    for length in segments {
        packet.extend_from_slice(&whole[at..at + usize::from(*length)]);
        at += usize::from(*length);
        if *length < 255 {
            packets.push(std::mem::take(&mut packet));
        }
    }
    assert!(packet.is_empty(), "a packet ends where it began");
    let page = Page {
        flags: whole[5],
        granule: u64::from_le_bytes(number(whole, 6)),
        serial: u32::from_le_bytes(number(whole, 14)),
        sequence: u32::from_le_bytes(number(whole, 18)),
        packets,
    };
    Some((page, end))
}

/// Polynomial division of the message with 32 zeros behind it, a bit at a time.
fn checksum(bytes: &[u8]) -> u32 {
    let bits = bytes.iter().chain(&[0; 4]).flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let divide = |rest: u64, bit| match rest << 1 | u64::from(bit) {
        longer if longer >> 32 == 1 => longer ^ 0x1_04c1_1db7,
        rest => rest,
    };
    bits.fold(0, divide) as u32
}

/// Left and right at 16 kHz as a player gives them: the pre-skip left out, cut at the last granule position.
pub fn play(file: &[u8]) -> [Vec<i16>; 2] {
    let (pages, _) = pages(file);
    let skip = usize::from(u16::from_le_bytes(number(&pages[0].packets[0], 10))) / 3;
    let mut decoder = ropus::Decoder::new(16_000, ropus::Channels::Stereo).expect("a decoder");
    let mut pcm = Vec::new();
    for packet in pages.iter().skip(2).flat_map(|page| &page.packets) {
        let mut frame = [0; 640];
        let samples = decoder.decode(packet, &mut frame, ropus::DecodeMode::Normal).expect("a packet");
        assert_eq!(samples, 320, "20 ms");
        pcm.extend(frame);
    }
    let end = pages.last().map_or(0, |page| page.granule as usize / 3);
    pcm.truncate(2 * end);
    [0, 1].map(|side| pcm.iter().skip(2 * skip + side).step_by(2).copied().collect())
}
