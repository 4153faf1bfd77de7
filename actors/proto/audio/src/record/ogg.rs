//! An Ogg Opus file (RFC 7845): pages (RFC 3533 section 6) of about a second.

use crate::Rate;
use crate::opus::StereoEncoder;

/// Granule positions count samples at this rate, whatever was coded (RFC 7845 section 4).
const GRANULE_HZ: u32 = 48_000;
/// Packets on a page: a second of 20 ms each (RFC 7845 section 4: pages should not be longer).
const PACKETS: usize = 50;
/// Segments that a page can hold.
const SEGMENTS: usize = 255;
const BEGIN: u8 = 2;
const END: u8 = 4;

/// The encoder, and the page that fills.
#[derive(Debug)]
pub(super) struct Ogg {
    encoder: StereoEncoder,
    rate: Rate,
    serial: u32,
    /// Pages written.
    pages: u32,
    /// Samples that were coded, a channel.
    samples: u64,
    segments: Vec<u8>,
    packets: usize,
    body: Vec<u8>,
}

impl Ogg {
    /// A stream numbered `serial`, in frames of 20 ms at `rate`.
    pub fn new(rate: Rate, serial: u32) -> Ogg {
        let encoder = StereoEncoder::new(rate);
        Ogg { encoder, rate, serial, pages: 0, samples: 0, segments: Vec::new(), packets: 0, body: Vec::new() }
    }

    /// The two header pages (RFC 7845 section 5).
    pub fn header(&mut self) -> Vec<u8> {
        let (skip, hz, gain) = (self.skip().to_le_bytes(), self.rate.hz().to_le_bytes(), 0_u16.to_le_bytes());
        let head = [&b"OpusHead"[..], &[1, 2], &skip, &hz, &gain, &[0]].concat();
        let vendor = b"RTC:engine";
        let tags = [&b"OpusTags"[..], &(vendor.len() as u32).to_le_bytes(), vendor, &0_u32.to_le_bytes()].concat();
        let mut out = Vec::new();
        for (packet, flags) in [(head, BEGIN), (tags, 0)] {
            self.lay(&packet);
            self.page(flags, 0, &mut out);
        }
        out
    }

    /// Samples the decoder leaves out at the beginning, at 48 kHz (RFC 7845 section 4.2).
    fn skip(&self) -> u16 {
        u16::try_from(self.granules(u64::from(self.encoder.lookahead()))).unwrap_or(u16::MAX)
    }

    fn granules(&self, samples: u64) -> u64 {
        samples * u64::from(GRANULE_HZ / self.rate.hz())
    }

    /// Codes 20 ms, left and right in turns; a page that is full goes to `out`.
    pub fn write(&mut self, pcm: &[i16], out: &mut Vec<u8>) {
        let packet = self.encoder.encode(pcm);
        if self.packets == PACKETS || self.segments.len() + packet.len() / SEGMENTS + 1 > SEGMENTS {
            let played = self.granules(self.samples);
            self.page(0, played, out);
        }
        self.lay(&packet);
        self.samples += (pcm.len() / 2) as u64;
    }

    /// The last page. A frame more brings out what the encoder still holds; its rest is cut off by the granule
    /// position (RFC 7845 section 4.4).
    pub fn finish(&mut self, frame: usize, out: &mut Vec<u8>) {
        let end = u64::from(self.skip()) + self.granules(self.samples);
        self.write(&vec![0; 2 * frame], out);
        self.page(END, end, out);
    }

    /// Puts a packet on the page: lengths of 255 until a shorter one (RFC 3533 section 6).
    fn lay(&mut self, packet: &[u8]) {
        self.segments.extend(std::iter::repeat_n(u8::MAX, packet.len() / SEGMENTS));
        self.segments.push((packet.len() % SEGMENTS) as u8);
        self.body.extend_from_slice(packet);
        self.packets += 1;
    }

    fn page(&mut self, flags: u8, granule: u64, out: &mut Vec<u8>) {
        let (segments, body) = (std::mem::take(&mut self.segments), std::mem::take(&mut self.body));
        self.packets = 0;
        let numbers = [self.serial, self.pages].map(u32::to_le_bytes).concat();
        self.pages = self.pages.wrapping_add(1);
        let before = [&b"OggS"[..], &[0, flags], &granule.to_le_bytes(), &numbers].concat();
        let behind = [&[segments.len() as u8][..], &segments, &body].concat();
        let sum = [&before[..], &[0; 4], &behind].into_iter().flatten().fold(0, checksum);
        out.extend([before, sum.to_le_bytes().to_vec(), behind].concat());
    }
}

/// The CRC of RFC 3533 section 6: 0x04c11db7, highest bit first, from 0.
fn checksum(sum: u32, byte: &u8) -> u32 {
    (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| match sum & 1 << 31 {
        0 => sum << 1,
        _ => sum << 1 ^ 0x04c1_1db7,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_polynomial() {
        // The check value of the same CRC with its end inverted is that of POSIX `cksum`: 0x765e7680.
        assert_eq!(b"123456789".iter().fold(0, checksum), !0x765e_7680);
    }

    #[test]
    fn a_packet_longer_than_a_segment_is_laced() {
        let mut ogg = Ogg::new(Rate::Wide, 1);
        for (length, segments) in [(254, &[254][..]), (255, &[255, 0]), (600, &[255, 255, 90])] {
            ogg.lay(&vec![7; length]);
            let mut page = Vec::new();
            ogg.page(0, 0, &mut page);
            assert_eq!(page[26..27 + segments.len()], [&[segments.len() as u8], segments].concat());
            assert_eq!(page.len(), 27 + segments.len() + length);
        }
    }
}
