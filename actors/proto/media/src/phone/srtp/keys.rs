//! Master keys, and session keys made from them (RFC 3711 sections 4.1.1, 4.2.1 and 4.3).

use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
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
    /// Of 16 bytes, with zeros behind them, or 32.
    key: [u8; 32],
    /// Of 14 bytes; the 12 of AES-GCM have two zeros behind them (RFC 7714 section 11).
    salt: [u8; 14],
}

impl Master {
    /// From key and salt in a row; `None` for another length than the suite's.
    pub fn new(suite: Suite, bytes: &[u8]) -> Option<Master> {
        let (key, salt) = bytes.split_at_checked(Self::parts(suite).0)?;
        Self::of_parts(suite, key, salt)
    }

    /// From key and salt; `None` for other lengths than the suite's.
    pub fn of_parts(suite: Suite, key: &[u8], salt: &[u8]) -> Option<Master> {
        (key.len(), salt.len()).eq(&Self::parts(suite)).then_some(())?;
        let mut master = Master { suite, key: [0; 32], salt: [0; 14] };
        master.key.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        master.salt.iter_mut().zip(salt).for_each(|(to, from)| *to = *from);
        Some(master)
    }

    /// Bytes of key and of salt.
    pub fn parts(suite: Suite) -> (usize, usize) {
        match suite {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => (16, 14),
            Suite::AeadAes128Gcm => (16, 12),
            Suite::AeadAes256Gcm => (32, 12),
        }
    }

    /// Bytes of key and salt together.
    pub fn length(suite: Suite) -> usize {
        let (key, salt) = Self::parts(suite);
        key + salt
    }

    /// Key and salt in a row.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (key, salt) = Self::parts(self.suite);
        self.key.iter().take(key).chain(self.salt.iter().take(salt)).copied().collect()
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
        let (mut key, mut auth, mut salt) = ([0; 32], [0; HASH], [0; 14]);
        let key = key.get_mut(..Self::parts(self.suite).0)?;
        self.derive(label, key)?;
        self.derive(label + 1, &mut auth)?;
        self.derive(label + 2, &mut salt)?;
        let tag = match self.suite {
            Suite::AesCm128HmacSha1_80 => 10,
            // RTCP has 80 bits in either suite (RFC 4568 section 6.2).
            Suite::AesCm128HmacSha1_32 if label == 0 => 4,
            Suite::AesCm128HmacSha1_32 => 10,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => return Gcm::new(key, salt).map(Session::Gcm),
        };
        let hmac = hmac::Key::new(HMAC_SHA1, &auth);
        Some(Session::Counter(Box::new(Counter { cipher: cipher(key)?, hmac, salt, tag })))
    }

    /// The key derivation function with a rate of zero, with AES of the suite's key size (RFC 6188
    /// section 4, RFC 7714 section 12).
    pub(super) fn derive(&self, label: u8, out: &mut [u8]) -> Option<()> {
        let mut iv = widened(&self.salt);
        xor(&mut iv, 7, &[label]);
        crypt(&cipher(self.key.get(..Self::parts(self.suite).0)?)?, iv, out)
    }
}

impl std::fmt::Debug for Master {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Master")
    }
}

fn cipher(key: &[u8]) -> Option<EncryptingKey> {
    let algorithm = if key.len() == 32 { &AES_256 } else { &AES_128 };
    EncryptingKey::ctr(UnboundCipherKey::new(algorithm, key).ok()?).ok()
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
