//! Whom a TLS connection of ours trusts: the machine's authorities, or the network's own, or one certificate.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs as provider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::config::Tls;

/// Policies kept ready.
const POLICIES: usize = 256;

/// Client configurations, by policy.
#[derive(Default)]
pub(super) struct Trust {
    ready: HashMap<Arc<Tls>, Arc<ClientConfig>>,
    machine: Option<Arc<RootCertStore>>,
}

impl Trust {
    /// The configuration of a policy.
    ///
    /// Errors: one sentence that names the key that is wrong.
    pub fn config(&mut self, policy: &Arc<Tls>) -> Result<Arc<ClientConfig>, String> {
        if let Some(ready) = self.ready.get(policy) {
            return Ok(ready.clone());
        }
        let provider = Arc::new(provider::default_provider());
        let verifier =
            Verifier { chain: self.chain(policy, &provider)?, pin: pin(policy)?, provider: provider.clone() };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        if self.ready.len() >= POLICIES {
            self.ready.clear();
        }
        let config = Arc::new(config);
        self.ready.insert(policy.clone(), config.clone());
        Ok(config)
    }

    /// `None`: no chain is asked for.
    fn chain(
        &mut self,
        policy: &Tls,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Arc<WebPkiServerVerifier>>, String> {
        if !policy.verify {
            return Ok(None);
        }
        let roots = match &policy.ca {
            Some(pem) => Arc::new(authorities(pem)?),
            None => self.machine.get_or_insert_with(|| Arc::new(machine())).clone(),
        };
        let built = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build();
        built.map(Some).map_err(|error| format!("no authorities to verify by: {error}"))
    }
}

fn authorities(pem: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| "`tls.ca` is no PEM")?;
        roots.add(certificate).map_err(|_| "`tls.ca` holds what is no certificate")?;
    }
    Ok(roots)
}

fn machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    log::debug!(authorities = added; "TLS authorities of the machine");
    roots
}

fn pin(policy: &Tls) -> Result<Option<Vec<u8>>, String> {
    let Some(pin) = &policy.pin else { return Ok(None) };
    let hash = pin.strip_prefix("sha256/").and_then(|hash| STANDARD.decode(hash).ok());
    hash.filter(|hash| hash.len() == 32).map(Some).ok_or_else(|| "`tls.pin` is not sha256/ and base64".to_owned())
}

/// The chain where it is asked for, then the pin: the SHA-256 of the peer's whole certificate in DER. A pin without a
/// chain (`verify` false) is how a self-signed peer is trusted. Whoever shows the certificate must have its key, always.
#[derive(Debug)]
struct Verifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    pin: Option<Vec<u8>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(chain) = &self.chain {
            chain.verify_server_cert(end_entity, intermediates, name, ocsp, now)?;
        }
        let fits = |pin: &Vec<u8>| digest::digest(&digest::SHA256, end_entity).as_ref() == pin.as_slice();
        if !self.pin.as_ref().is_none_or(fits) {
            return Err(Error::General("the certificate is not the pinned one".to_owned()));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
