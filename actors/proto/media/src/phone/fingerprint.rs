//! Fingerprints of certificates (RFC 8122 section 5).

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use sdp::plain::Media;

/// The hashes we know, the strongest first. SHA-1 and MD5 prove nothing any more.
const HASHES: [(&str, &Algorithm); 3] = [("sha-512", &SHA512), ("sha-384", &SHA384), ("sha-256", &SHA256)];

/// What a description says of its writer's certificates: the fingerprints of its strongest hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prints {
    hash: &'static str,
    /// In hex with colons, in upper case.
    values: Vec<String>,
}

impl Prints {
    /// `None`: it names none that proves anything.
    pub fn read(media: &Media) -> Option<Prints> {
        HASHES.iter().find_map(|(hash, _)| {
            let of_hash = media.fingerprints.iter().filter(|(name, _)| name == hash);
            let values: Vec<String> = of_hash.map(|(_, value)| value.clone()).collect();
            (!values.is_empty()).then_some(Prints { hash, values })
        })
    }

    /// Whether a certificate (DER) is one of them.
    pub fn fit(&self, certificate: &[u8]) -> bool {
        let algorithm = HASHES.iter().find(|(hash, _)| *hash == self.hash).map(|(_, algorithm)| *algorithm);
        algorithm.is_some_and(|algorithm| self.values.contains(&print(algorithm, certificate)))
    }
}

/// `a=fingerprint` of a certificate (DER) of ours.
pub(super) fn ours(certificate: &[u8]) -> (String, String) {
    ("sha-256".to_owned(), print(&SHA256, certificate))
}

fn print(algorithm: &'static Algorithm, certificate: &[u8]) -> String {
    let bytes = digest(algorithm, certificate);
    bytes.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}
