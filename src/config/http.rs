//! `[http]`: where the REST, the WebSocket and the pages are served.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::Invalid;
use super::source::Section;

/// The word that asks for a generated certificate instead of a file.
const GENERATE: &str = "generate";

/// `[http]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Addresses to listen on; port 0 is any free one.
    pub listen: Vec<SocketAddr>,
    /// TLS, if it is on; then on all addresses.
    pub certificate: Option<Certificate>,
    /// Who may say with `X-Forwarded-*` what the client asked for.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve; 0 is one a core.
    pub workers: usize,
}

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// PEM files: the chain, leaf first, and its key.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// For development: made once and kept in this folder.
    Generated {
        /// Beside the configuration.
        folder: PathBuf,
    },
}

impl Default for Http {
    fn default() -> Http {
        Http {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))],
            certificate: None,
            trusted_proxies: Vec::new(),
            workers: 0,
        }
    }
}

impl Http {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Http, Invalid> {
        let default = Http::default();
        let http = Http {
            listen: section.get("listen", default.listen)?,
            certificate: certificate(section)?,
            trusted_proxies: section.get("trusted_proxies", default.trusted_proxies)?,
            workers: section.number("workers", 0, 0..=256)? as usize,
        };
        if http.listen.is_empty() {
            return Err(section.invalid("listen", "a list of at least one address"));
        }
        section.finish()?;
        Ok(http)
    }
}

fn certificate(section: &mut Section<'_>) -> Result<Option<Certificate>, Invalid> {
    let certificate: Option<String> = section.get("tls_certificate", None)?;
    let key: Option<String> = section.get("tls_key", None)?;
    let folder = section.folder();
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(word), None) if word == GENERATE => Ok(Some(Certificate::Generated { folder: folder.to_owned() })),
        (Some(_), None) => Err(section.invalid("tls_key", "set where `http.tls_certificate` is a file")),
        (None, Some(_)) => Err(section.invalid("tls_certificate", "set where `http.tls_key` is")),
        (Some(certificate), Some(key)) => {
            Ok(Some(Certificate::Files { certificate: folder.join(certificate), key: folder.join(key) }))
        }
    }
}
