//! [`verify`]: the challenging side.

use super::algorithm::{Algorithm, Count, Input, Qop};
use crate::message::{Challenge, Method};

/// Whether `credentials`, the value of an Authorization header, prove `password` for a request of
/// `method` without a body. Whose they are, whether the nonce is ours and its count is new is the caller's to see.
pub fn verify(credentials: &Challenge, method: &Method, password: &str) -> bool {
    verify_with_body(credentials, method, b"", password)
}

/// The same with a body, which counts with qop `auth-int`. A name that is hashed cannot be verified here.
pub fn verify_with_body(credentials: &Challenge, method: &Method, body: &[u8], password: &str) -> bool {
    expected(credentials, method, body, password)
        .zip(credentials.get("response"))
        .is_some_and(|(expected, given)| same(expected.as_bytes(), given.to_ascii_lowercase().as_bytes()))
}

fn expected(credentials: &Challenge, method: &Method, body: &[u8], password: &str) -> Option<String> {
    let algorithm = Algorithm::parse(credentials.get("algorithm").as_deref().unwrap_or("MD5"))?;
    let (username, realm, nonce) = (credentials.get("username")?, credentials.get("realm")?, credentials.get("nonce")?);
    let (uri, nc, cnonce) = (credentials.get("uri")?, credentials.get("nc"), credentials.get("cnonce"));
    let count = match credentials.get("qop").as_deref() {
        Some(qop) => Some(Count { qop: Qop::parse(qop)?, nc: nc.as_deref()?, cnonce: cnonce.as_deref()? }),
        None => None,
    };
    let input = Input { method: method.as_str(), uri: &uri, nonce: &nonce, count, body };
    Some(algorithm.response(&format!("{username}:{realm}:{password}"), &input))
}

/// In a time that does not tell where they differ.
fn same(own: &[u8], other: &[u8]) -> bool {
    own.len() == other.len() && own.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
