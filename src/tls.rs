//! TLS for the HTTP listeners: certificate files, or a development certificate made here.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;

use crate::config::{Certificate, Http};

/// Names a development certificate is good for.
const DEVELOPMENT_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How long it is; browsers refuse much longer ones.
const DEVELOPMENT_DAYS: u32 = 397;
const DEVELOPMENT_CERTIFICATE: &str = "development-certificate.pem";
const DEVELOPMENT_KEY: &str = "development-key.pem";

/// Why TLS cannot be served; one sentence that names the key of the configuration.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The chain cannot be read.
    #[error("`http.tls_certificate`: {0}")]
    Certificate(String),
    /// The key cannot be read.
    #[error("`http.tls_key`: {0}")]
    Key(String),
    /// The key is not that of the certificate.
    #[error("`http.tls_certificate` and `http.tls_key` do not fit: {0}")]
    Mismatch(#[from] rustls::Error),
    /// The development certificate cannot be made.
    #[error("`http.tls_certificate` = \"generate\": {0}")]
    Generate(String),
}

/// Makes aws-lc-rs the cryptography of every TLS connection of the process.
pub fn install_provider() {
    // An error says that one is installed already, say by an engine started before in this process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// What the listeners need, or nothing where TLS is off.
///
/// Errors: files that are missing, unreadable, empty or do not fit.
pub fn server_config(http: &Http) -> Result<Option<ServerConfig>, TlsError> {
    match &http.certificate {
        None => Ok(None),
        Some(Certificate::Files { certificate, key }) => read(certificate, key).map(Some),
        Some(Certificate::Generated { folder }) => {
            let (certificate, key) = (folder.join(DEVELOPMENT_CERTIFICATE), folder.join(DEVELOPMENT_KEY));
            if !is_fresh(&certificate) || !key.exists() {
                generate(&certificate, &key).map_err(TlsError::Generate)?;
            }
            read(&certificate, &key).map(Some)
        }
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| TlsError::Certificate(format!("cannot read {}: {error}", certificate.display())))?;
    if chain.is_empty() {
        return Err(TlsError::Certificate(format!("{} holds no PEM certificate", certificate.display())));
    }
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| TlsError::Key(format!("cannot read {}: {error}", key.display())))?;
    Ok(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?)
}

/// Whether the development certificate is there and not about to expire.
fn is_fresh(certificate: &Path) -> bool {
    let age = fs::metadata(certificate).and_then(|meta| meta.modified()).ok().and_then(|made| made.elapsed().ok());
    age.is_some_and(|age| age < Duration::from_secs(u64::from(DEVELOPMENT_DAYS - 7) * 86_400))
}

fn generate(certificate: &Path, key: &Path) -> Result<(), String> {
    let made = || -> Result<(String, String), rcgen::Error> {
        let mut params = rcgen::CertificateParams::new(DEVELOPMENT_NAMES.map(String::from))?;
        let now = OffsetDateTime::now_utc();
        params.not_before = now - time::Duration::DAY;
        params.not_after = now + time::Duration::days(i64::from(DEVELOPMENT_DAYS));
        params.distinguished_name.push(rcgen::DnType::CommonName, "RTC:engine development");
        let key = rcgen::KeyPair::generate()?;
        Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
    };
    let (chain, private) = made().map_err(|error| error.to_string())?;
    write_private(key, &private).map_err(|error| format!("cannot write {}: {error}", key.display()))?;
    fs::write(certificate, chain).map_err(|error| format!("cannot write {}: {error}", certificate.display()))
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("rtc-tls-{name}-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_development_certificate_is_made_once_and_kept() {
        install_provider();
        let folder = folder("generate");
        let http = Http { certificate: Some(Certificate::Generated { folder: folder.clone() }), ..Http::default() };
        assert!(server_config(&http).unwrap().is_some());
        let first = fs::read(folder.join(DEVELOPMENT_CERTIFICATE)).unwrap();
        assert!(server_config(&http).unwrap().is_some());
        assert_eq!(fs::read(folder.join(DEVELOPMENT_CERTIFICATE)).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.join(DEVELOPMENT_KEY)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn bad_files_name_the_key() {
        install_provider();
        let folder = folder("bad");
        let (certificate, key) = (folder.join("c.pem"), folder.join("k.pem"));
        let files = Certificate::Files { certificate: certificate.clone(), key: key.clone() };
        let http = Http { certificate: Some(files), ..Http::default() };
        let error = || server_config(&http).map(|_| ()).unwrap_err().to_string();
        assert!(error().contains("`http.tls_certificate`"), "missing: {}", error());
        fs::write(&certificate, "nothing").unwrap();
        assert!(error().contains("holds no PEM certificate"), "{}", error());
        generate(&certificate, &key).unwrap();
        fs::write(&key, "nothing").unwrap();
        assert!(error().contains("`http.tls_key`"), "{}", error());
        generate(&folder.join("other.pem"), &key).unwrap();
        assert!(error().contains("do not fit"), "{}", error());
        fs::remove_dir_all(folder).unwrap();
    }
}
