//! AES in counter mode with HMAC-SHA1 (RFC 3711 section 4).

use aws_lc_rs::cipher::EncryptingKey;
use aws_lc_rs::hmac;

use super::keys::{HASH, crypt, widened, xor};

/// Session keys of one direction, of RTP or of RTCP.
pub(super) struct Counter {
    pub cipher: EncryptingKey,
    pub hmac: hmac::Key,
    pub salt: [u8; 14],
    /// Bytes of a tag.
    pub tag: usize,
}

impl Counter {
    /// Seals a packet whose payload begins at `header`. `trailer` goes under the tag, and in
    /// front of it where `is_sent`: the index of RTCP is, the roll-over counter of RTP is not.
    pub fn seal(
        &self,
        (ssrc, index): (u32, u64),
        header: usize,
        trailer: [u8; 4],
        is_sent: bool,
        mut packet: Vec<u8>,
    ) -> Option<Vec<u8>> {
        self.crypt(ssrc, index, packet.get_mut(header..)?)?;
        let tag = self.tag([&packet, &trailer]);
        if is_sent {
            packet.extend(trailer);
        }
        packet.extend(tag.iter().take(self.tag));
        Some(packet)
    }

    /// Opens `body`, which ends before the trailer.
    pub fn open(
        &self,
        (ssrc, index): (u32, u64),
        header: usize,
        trailer: [u8; 4],
        body: &[u8],
        tag: &[u8],
    ) -> Option<Vec<u8>> {
        let whole = self.tag([body, &trailer]);
        let own = whole.get(..tag.len()).filter(|_| tag.len() == self.tag)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(own, tag).ok()?;
        let mut packet = body.to_vec();
        self.crypt(ssrc, index, packet.get_mut(header..)?)?;
        Some(packet)
    }

    fn crypt(&self, ssrc: u32, index: u64, payload: &mut [u8]) -> Option<()> {
        let mut iv = widened(&self.salt);
        xor(&mut iv, 4, &ssrc.to_be_bytes());
        // 48 bits.
        xor(&mut iv, 6, &index.to_be_bytes());
        crypt(&self.cipher, iv, payload)
    }

    fn tag(&self, parts: [&[u8]; 2]) -> [u8; HASH] {
        let mut context = hmac::Context::with_key(&self.hmac);
        parts.iter().for_each(|part| context.update(part));
        let mut tag = [0; HASH];
        tag.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        tag
    }
}
