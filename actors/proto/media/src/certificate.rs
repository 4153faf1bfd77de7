//! The DTLS identity and the cipher suite of a process.

use std::sync::Arc;

use str0m::config::{CryptoProvider, DtlsCert};
use thiserror::Error;

/// One self-signed certificate for all peers of a process: making one costs more than the
/// rest of opening a peer, and its fingerprint goes through the authenticated signalling.
#[derive(Clone)]
pub struct Certificate {
    pub(crate) dtls: DtlsCert,
    pub(crate) provider: Arc<CryptoProvider>,
}

/// The crypto provider made no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no DTLS certificate could be generated")]
pub struct CertificateError;

impl Certificate {
    /// Generates a P-256 certificate. Takes about a millisecond.
    ///
    /// # Errors
    /// The crypto library has no source of randomness.
    pub fn generate() -> Result<Self, CertificateError> {
        let provider = Arc::new(crate::dtls::provider());
        let dtls = provider.dtls_provider.generate_certificate().ok_or(CertificateError)?;
        Ok(Self { dtls, provider })
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate")
    }
}
