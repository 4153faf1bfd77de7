//! Master keys, and session keys made from them (RFC 3711 sections 4.1.1, 4.2.1 and 4.3).

use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY as HMAC_SHA1};
use aws_lc_rs::iv::FixedLength;

/// Tag of every SRTCP packet, whatever the suite (RFC 4568 section 6.2), in bytes.
pub(super) const RTCP_TAG: usize = 10;
/// Bytes of HMAC-SHA1.
const HASH: usize = 20;

/// A master key and salt, and how long the tags of RTP are. `{:?}` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Master {
    key: [u8; 16],
    salt: [u8; 14],
    /// In bytes: 10 or 4.
    pub(super) tag: usize,
}

impl Master {
    /// Bytes of key and salt.
    pub const LENGTH: usize = 30;

    /// From key and salt in a row. `is_short`: tags of 32 bits.
    pub fn new(bytes: &[u8; Master::LENGTH], is_short: bool) -> Master {
        let (mut key, mut salt) = ([0; 16], [0; 14]);
        key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        salt.iter_mut().zip(bytes.iter().skip(16)).for_each(|(to, from)| *to = *from);
        Master { key, salt, tag: if is_short { 4 } else { 10 } }
    }

    /// Key and salt in a row.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.key.as_slice(), self.salt.as_slice()].concat()
    }

    /// The session keys of RTP; `None` when the crypto library refuses a key.
    pub(super) fn rtp(&self) -> Option<Session> {
        self.session(0)
    }

    /// The session keys of RTCP.
    pub(super) fn rtcp(&self) -> Option<Session> {
        self.session(3)
    }

    fn session(&self, label: u8) -> Option<Session> {
        let (mut key, mut auth, mut salt) = ([0; 16], [0; HASH], [0; 14]);
        self.derive(label, &mut key)?;
        self.derive(label + 1, &mut auth)?;
        self.derive(label + 2, &mut salt)?;
        Some(Session { cipher: cipher(&key)?, hmac: hmac::Key::new(HMAC_SHA1, &auth), salt })
    }

    /// The key derivation function with a rate of zero.
    pub(super) fn derive(&self, label: u8, out: &mut [u8]) -> Option<()> {
        let mut iv = widened(&self.salt);
        xor(&mut iv, 7, &[label]);
        crypt(&cipher(&self.key)?, iv, out)
    }
}

impl std::fmt::Debug for Master {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Master")
    }
}

/// Session keys of one direction, of RTP or of RTCP.
pub(super) struct Session {
    cipher: EncryptingKey,
    hmac: hmac::Key,
    salt: [u8; 14],
}

impl Session {
    /// En- or decrypts `payload` in place.
    pub fn crypt(&self, ssrc: u32, index: u64, payload: &mut [u8]) -> Option<()> {
        let mut iv = widened(&self.salt);
        xor(&mut iv, 4, &ssrc.to_be_bytes());
        // 48 bits.
        xor(&mut iv, 6, &index.to_be_bytes());
        crypt(&self.cipher, iv, payload)
    }

    /// The whole tag over the parts in a row.
    pub fn tag(&self, parts: [&[u8]; 2]) -> [u8; HASH] {
        let mut context = hmac::Context::with_key(&self.hmac);
        parts.iter().for_each(|part| context.update(part));
        let mut tag = [0; HASH];
        tag.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        tag
    }

    /// Whether `tag` is the beginning of theirs.
    pub fn verifies(&self, parts: [&[u8]; 2], tag: &[u8]) -> bool {
        let whole = self.tag(parts);
        let own = whole.get(..tag.len()).filter(|own| !own.is_empty());
        own.is_some_and(|own| aws_lc_rs::constant_time::verify_slices_are_equal(own, tag).is_ok())
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

fn cipher(key: &[u8; 16]) -> Option<EncryptingKey> {
    EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, key).ok()?).ok()
}

/// Counter mode is its own inverse.
fn crypt(cipher: &EncryptingKey, iv: [u8; 16], bytes: &mut [u8]) -> Option<()> {
    cipher.less_safe_encrypt(bytes, EncryptionContext::Iv128(FixedLength::from(iv))).ok().map(|_| ())
}

/// A salt times 2^16.
fn widened(salt: &[u8; 14]) -> [u8; 16] {
    let mut iv = [0; 16];
    iv.iter_mut().zip(salt).for_each(|(to, from)| *to = *from);
    iv
}

fn xor(iv: &mut [u8; 16], at: usize, with: &[u8]) {
    iv.iter_mut().skip(at).zip(with).for_each(|(to, from)| *to ^= from);
}
