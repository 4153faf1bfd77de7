//! [`Crypto`]: one `a=crypto` line, SDES (RFC 4568).

use std::fmt;

/// A suite that we do (RFC 4568 section 6.2, RFC 7714 section 14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`.
    AesCm128HmacSha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`.
    AesCm128HmacSha1_32,
    /// `AEAD_AES_128_GCM`.
    AeadAes128Gcm,
    /// `AEAD_AES_256_GCM`.
    AeadAes256Gcm,
}

impl Suite {
    /// Reads the name; `None` for a suite that we do not do.
    pub fn parse(name: &str) -> Option<Suite> {
        let all = [Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32, Self::AeadAes128Gcm, Self::AeadAes256Gcm];
        all.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }
}

/// How many packets a master key may protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// A decimal number.
    Packets(u64),
    /// `2^n`.
    Power(u8),
}

/// A key for what its writer sends. Printing with `{:?}` hides the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Crypto {
    /// Pairs answer with offer; up to nine digits.
    pub tag: u32,
    /// Cipher and authentication.
    pub suite: Suite,
    /// Base64 of master key and salt.
    pub key: String,
    /// When to change the key; `None` is the suite's own maximum.
    pub lifetime: Option<Lifetime>,
    /// Value and length in bytes (1 to 128) of the master key identifier in each packet.
    pub mki: Option<(u64, u8)>,
    /// Session parameters behind the key (`KDR=`, `UNENCRYPTED_SRTP`...).
    pub parameters: Vec<String>,
}

/// Why a line is not taken. Another line of the same description may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// A field is missing or not what RFC 4568 says.
    #[error("a=crypto: {0} expected")]
    Grammar(&'static str),
    /// A suite we do not do.
    #[error("a=crypto: unknown suite")]
    Suite,
    /// More than one master key, which only MKIs could tell apart.
    #[error("a=crypto: one key expected")]
    SeveralKeys,
}

impl Crypto {
    /// A key without lifetime, MKI or parameters.
    pub fn new(tag: u32, suite: Suite, key: String) -> Crypto {
        Crypto { tag, suite, key, lifetime: None, mki: None, parameters: Vec::new() }
    }

    /// Reads the attribute's value.
    pub fn parse(value: &str) -> Result<Crypto, CryptoError> {
        let mut words = value.split(' ').filter(|word| !word.is_empty());
        let tag = words.next().filter(|tag| tag.len() <= 9 && tag.bytes().all(|b| b.is_ascii_digit()));
        let tag = tag.and_then(|tag| tag.parse().ok()).ok_or(CryptoError::Grammar("a tag"))?;
        let suite = words.next().ok_or(CryptoError::Grammar("a suite"))?;
        let suite = Suite::parse(suite).ok_or(CryptoError::Suite)?;
        let keys = words.next().ok_or(CryptoError::Grammar("inline:"))?;
        if keys.contains(';') {
            return Err(CryptoError::SeveralKeys);
        }
        let method = keys.get(..7).filter(|method| method.eq_ignore_ascii_case("inline:"));
        let inline = method.and_then(|_| keys.get(7..)).ok_or(CryptoError::Grammar("inline:"))?;
        let mut fields = inline.split('|');
        let key = fields.next().filter(|key| is_base64(key)).ok_or(CryptoError::Grammar("a key in base64"))?;
        let (lifetime, mki) = limits(fields)?;
        let parameters = words.map(str::to_owned).collect();
        Ok(Crypto { tag, suite, key: key.to_owned(), lifetime, mki, parameters })
    }
}

/// `["|" lifetime] ["|" MKI ":" length]`.
type Limits = (Option<Lifetime>, Option<(u64, u8)>);

fn limits<'a>(mut fields: impl Iterator<Item = &'a str>) -> Result<Limits, CryptoError> {
    let (mut lifetime, mut mki) = (None, None);
    for field in fields.by_ref() {
        match field.split_once(':') {
            Some((value, length)) if mki.is_none() => {
                let value = value.parse().ok();
                let length = length.parse().ok().filter(|length| (1..=128).contains(length));
                mki = Some(value.zip(length).ok_or(CryptoError::Grammar("MKI:length"))?);
            }
            None if lifetime.is_none() && mki.is_none() => lifetime = Some(read_lifetime(field)?),
            Some(_) | None => return Err(CryptoError::Grammar("lifetime and MKI once")),
        }
    }
    Ok((lifetime, mki))
}

fn read_lifetime(field: &str) -> Result<Lifetime, CryptoError> {
    let power = field.strip_prefix("2^").map(|power| power.parse().ok().filter(|n| *n <= 48).map(Lifetime::Power));
    let lifetime = power.unwrap_or_else(|| field.parse().ok().map(Lifetime::Packets));
    lifetime.ok_or(CryptoError::Grammar("a lifetime"))
}

fn is_base64(key: &str) -> bool {
    !key.is_empty() && key.len() <= 128 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} inline:{}", self.tag, self.suite.name(), self.key)?;
        match self.lifetime {
            Some(Lifetime::Packets(packets)) => write!(f, "|{packets}")?,
            Some(Lifetime::Power(power)) => write!(f, "|2^{power}")?,
            None => {}
        }
        if let Some((value, length)) = self.mki {
            write!(f, "|{value}:{length}")?;
        }
        self.parameters.iter().try_for_each(|parameter| write!(f, " {parameter}"))
    }
}

impl fmt::Debug for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crypto({} {})", self.tag, self.suite.name())
    }
}
