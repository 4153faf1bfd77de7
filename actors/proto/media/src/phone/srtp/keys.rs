//! Master keys, and session keys made from them (RFC 3711 sections 4.1.1, 4.2.1 and 4.3).

use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY as HMAC_SHA1};
use aws_lc_rs::iv::FixedLength;
use sdp::plain::Suite;

use super::counter::Counter;
use super::gcm::Gcm;
use super::session::Session;

/// Bytes of HMAC-SHA1.
pub(super) const HASH: usize = 20;

/// A master key and salt, and what they are for. `{:?}` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Master {
    suite: Suite,
    key: [u8; 16],
    /// Of 14 bytes; the 12 of AES-GCM have two zeros behind them (RFC 7714 section 11).
    salt: [u8; 14],
}

impl Master {
    /// From key and salt in a row; `None` for another length than the suite's, and for
    /// AES-256.
    pub fn new(suite: Suite, bytes: &[u8]) -> Option<Master> {
        bytes.len().eq(&Self::length(suite)?).then_some(())?;
        let (mut key, mut salt) = ([0; 16], [0; 14]);
        key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        salt.iter_mut().zip(bytes.iter().skip(16)).for_each(|(to, from)| *to = *from);
        Some(Master { suite, key, salt })
    }

    /// Bytes of key and salt.
    pub fn length(suite: Suite) -> Option<usize> {
        match suite {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => Some(30),
            Suite::AeadAes128Gcm => Some(28),
            Suite::AeadAes256Gcm => None,
        }
    }

    /// Key and salt in a row.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = [self.key.as_slice(), self.salt.as_slice()].concat();
        bytes.into_iter().take(Self::length(self.suite).unwrap_or(0)).collect()
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
        let tag = match self.suite {
            Suite::AesCm128HmacSha1_80 => 10,
            // RTCP has 80 bits in either suite (RFC 4568 section 6.2).
            Suite::AesCm128HmacSha1_32 if label == 0 => 4,
            Suite::AesCm128HmacSha1_32 => 10,
            Suite::AeadAes128Gcm => return Gcm::new(&key, salt).map(Session::Gcm),
            Suite::AeadAes256Gcm => return None,
        };
        let hmac = hmac::Key::new(HMAC_SHA1, &auth);
        Some(Session::Counter(Box::new(Counter { cipher: cipher(&key)?, hmac, salt, tag })))
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

fn cipher(key: &[u8; 16]) -> Option<EncryptingKey> {
    EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, key).ok()?).ok()
}

/// Counter mode is its own inverse.
pub(super) fn crypt(cipher: &EncryptingKey, iv: [u8; 16], bytes: &mut [u8]) -> Option<()> {
    cipher.less_safe_encrypt(bytes, EncryptionContext::Iv128(FixedLength::from(iv))).ok().map(|_| ())
}

/// A salt times 2^16.
pub(super) fn widened(salt: &[u8; 14]) -> [u8; 16] {
    let mut iv = [0; 16];
    iv.iter_mut().zip(salt).for_each(|(to, from)| *to = *from);
    iv
}

pub(super) fn xor(iv: &mut [u8], at: usize, with: &[u8]) {
    iv.iter_mut().skip(at).zip(with).for_each(|(to, from)| *to ^= from);
}
