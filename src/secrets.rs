//! Secrets at rest: sealed where they must be read again, hashed where they need not.
//!
//! One master key (32 bytes) gives two keys by HKDF-SHA256 (RFC 5869): one seals
//! (AES-256-GCM, the row id as associated data, so that a value cannot be moved to
//! another row), one hashes what is looked up (HMAC-SHA256). The key file may hold
//! older keys below the current one: they still open and find what they wrote.

mod key_file;
mod password;

use std::path::Path;

use actors::directory::Secret;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;

pub use key_file::{KeyError, is_key};
pub use password::{hash_password, verify_password};

const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;
/// Entropy of tokens and keys: beyond guessing.
const TOKEN_BYTES: usize = 32;

/// The keys of this engine.
pub struct Secrets {
    current: Keys,
    older: Vec<Keys>,
}

/// What one master key gives.
struct Keys {
    id: [u8; KEY_ID_BYTES],
    seal: RandomizedNonceKey,
    hash: hmac::Key,
}

/// A sealed value that does not open: other key, other row, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored secret cannot be opened: the secrets key is not the one it was stored with")]
pub struct Unreadable;

impl Secrets {
    /// The keys from `environment` (the value of `RTC__SECRETS__KEY`), else from `file`,
    /// which is made with mode 0600 and a random key where it is missing.
    ///
    /// A key is 32 bytes in base64, one a line, the current one first.
    ///
    /// Errors: no usable key; a file that others may read.
    pub fn load(environment: Option<&str>, file: &Path) -> Result<Secrets, KeyError> {
        let text = match environment {
            Some(text) => text.to_owned(),
            None => key_file::read_or_make(file)?,
        };
        let mut keys = key_file::parse(&text)?.into_iter().map(|master| Keys::derive(&master));
        let current = keys.next().ok_or(KeyError::Empty)??;
        Ok(Secrets { current, older: keys.collect::<Result<_, _>>()? })
    }

    /// Seals `text` for column `place` (`table.column`) of row `row`.
    ///
    /// Errors: the cipher's own only.
    pub fn seal(&self, place: &str, row: Uuid, text: &str) -> Result<Vec<u8>, Unreadable> {
        let mut sealed = text.as_bytes().to_vec();
        let nonce = self.current.seal.seal_in_place_append_tag(aad(place, row), &mut sealed).map_err(|_| Unreadable)?;
        let mut out = Vec::with_capacity(KEY_ID_BYTES + NONCE_BYTES + sealed.len());
        out.extend_from_slice(&self.current.id);
        out.extend_from_slice(nonce.as_ref());
        out.append(&mut sealed);
        Ok(out)
    }

    /// Opens what [`Secrets::seal`] gave for the same place and row.
    ///
    /// Errors: any difference in place, row, key or content.
    pub fn open(&self, place: &str, row: Uuid, sealed: &[u8]) -> Result<Secret, Unreadable> {
        let (id, rest) = sealed.split_first_chunk::<KEY_ID_BYTES>().ok_or(Unreadable)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unreadable)?;
        let keys = self.all().find(|keys| keys.id == *id).ok_or(Unreadable)?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let text = keys.seal.open_in_place(nonce, aad(place, row), &mut text).map_err(|_| Unreadable)?;
        std::str::from_utf8(text).map(Secret::new).map_err(|_| Unreadable)
    }

    /// The hash under which `text` is stored from now on.
    pub fn hash(&self, text: &str) -> Vec<u8> {
        self.current.hash(text)
    }

    /// Every hash under which `text` may have been stored.
    pub fn hashes(&self, text: &str) -> Vec<Vec<u8>> {
        self.all().map(|keys| keys.hash(text)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl Keys {
    fn derive(master: &[u8; KEY_BYTES]) -> Result<Keys, KeyError> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"rtc-engine").extract(master);
        let part = |label: &str, out: &mut [u8]| {
            prk.expand(&[label.as_bytes()], Length(out.len()))
                .and_then(|okm| okm.fill(out))
                .map_err(|_| KeyError::Cipher)
        };
        let (mut id, mut seal, mut hash) = ([0; KEY_ID_BYTES], [0; KEY_BYTES], [0; KEY_BYTES]);
        part("id", &mut id)?;
        part("seal", &mut seal)?;
        part("hash", &mut hash)?;
        Ok(Keys {
            id,
            seal: RandomizedNonceKey::new(&AES_256_GCM, &seal).map_err(|_| KeyError::Cipher)?,
            hash: hmac::Key::new(hmac::HMAC_SHA256, &hash),
        })
    }

    fn hash(&self, text: &str) -> Vec<u8> {
        hmac::sign(&self.hash, text.as_bytes()).as_ref().to_vec()
    }
}

/// Output length of one expansion.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn aad(place: &str, row: Uuid) -> Aad<Vec<u8>> {
    Aad::from([place.as_bytes(), b":", row.as_bytes()].concat())
}

/// A fresh token, key or password: 43 characters of `A-Z a-z 0-9 - _`.
///
/// Errors: the machine gives no randomness.
pub fn random_token() -> Result<String, Unreadable> {
    let mut bytes = [0; TOKEN_BYTES];
    rand::fill(&mut bytes).map_err(|_| Unreadable)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests;
