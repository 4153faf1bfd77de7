//! AES in Galois counter mode (RFC 7714). Header and RTCP index are authenticated with it.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::keys::xor;

/// Session key of one direction, of RTP or of RTCP.
pub(super) struct Gcm {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl Gcm {
    /// AES-128 or AES-256, by the length of the key.
    pub fn new(key: &[u8], salt: [u8; 14]) -> Option<Gcm> {
        let algorithm = if key.len() == 32 { &AES_256_GCM } else { &AES_128_GCM };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
        Some(Gcm { key, salt: *salt.first_chunk()? })
    }

    /// Seals a packet whose payload begins at `header`; `extra` is authenticated too.
    pub fn seal(&self, (ssrc, index): (u32, u64), header: usize, extra: &[u8], mut packet: Vec<u8>) -> Option<Vec<u8>> {
        let aad = [packet.get(..header)?, extra].concat();
        let payload = packet.get_mut(header..)?;
        let tag = self.key.seal_in_place_separate_tag(self.nonce(ssrc, index), Aad::from(aad), payload).ok()?;
        packet.extend(tag.as_ref());
        Some(packet)
    }

    /// Opens a packet with its tag at the end.
    pub fn open(&self, (ssrc, index): (u32, u64), header: usize, extra: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
        let (head, sealed) = packet.split_at_checked(header)?;
        let (mut opened, mut sealed) = (head.to_vec(), sealed.to_vec());
        let aad = Aad::from([head, extra].concat());
        opened.extend_from_slice(self.key.open_in_place(self.nonce(ssrc, index), aad, &mut sealed).ok()?);
        Some(opened)
    }

    /// Sections 8.1 and 9.1: the index has 48 bits, of which RTCP uses 31.
    fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let mut nonce = self.salt;
        xor(&mut nonce, 2, &ssrc.to_be_bytes());
        xor(&mut nonce, 4, &index.to_be_bytes());
        Nonce::assume_unique_for_key(nonce)
    }
}
