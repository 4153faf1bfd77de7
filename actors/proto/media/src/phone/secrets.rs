//! All chance of a leg, from the entropy it was given (HKDF, RFC 5869): what is public of it
//! tells nothing of the keys.

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// Makes numbers and keys. `{:?}` hides them.
#[derive(Clone)]
pub(super) struct Secrets {
    source: Prk,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Secrets {
    /// From secret random bytes.
    pub fn new(entropy: &[u8; 32]) -> Secrets {
        Secrets { source: Salt::new(HKDF_SHA256, &[]).extract(entropy) }
    }

    /// The bytes of that name and number; `None` only for more than HKDF can make, 8160.
    pub fn bytes<const N: usize>(&self, name: &str, number: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        let info = [name.as_bytes(), &[0], &number.to_be_bytes()];
        self.source.expand(&info, Length(N)).and_then(|out| out.fill(&mut bytes)).ok()?;
        Some(bytes)
    }

    /// The bytes of that name and number about `words`, of any length.
    pub fn about<const N: usize>(&self, name: &str, words: &[&str], number: u64) -> Option<[u8; N]> {
        let mut told = Context::new(&SHA256);
        told.update(&number.to_be_bytes());
        for word in words {
            told.update(&(word.len() as u64).to_be_bytes());
            told.update(word.as_bytes());
        }
        let told = told.finish();
        self.bytes(name, u64::from_be_bytes(*told.as_ref().first_chunk()?))
    }

    /// A number of that name.
    pub fn number(&self, name: &str, number: u64) -> u64 {
        self.bytes(name, number).map_or(0, u64::from_be_bytes)
    }

    /// 64 bits in hex: long enough to be alone (RFC 7022 section 4.2).
    pub fn cname(&self) -> String {
        format!("{:016x}", self.number("cname", 0))
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}
