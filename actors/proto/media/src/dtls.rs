//! DTLS for str0m with one configuration for the whole process.
//!
//! str0m's own provider makes a `dimpl::Config` for each peer, and each tests its crypto
//! library with a key exchange and a signature: two thirds of what opening a peer costs.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use dimpl::{Config, Dtls};
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
};
use str0m::crypto::{CryptoError, CryptoProvider};

/// str0m's AWS-LC provider with [`SharedConfig`] in place of its DTLS.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider { dtls_provider: &SHARED, ..str0m::crypto::from_feature_flags() }
}

static SHARED: SharedConfig = SharedConfig { config: OnceLock::new() };

#[derive(Debug)]
struct SharedConfig {
    /// Made for the first peer; the datagram size of all is the same.
    config: OnceLock<(Option<usize>, Arc<Config>)>,
}

impl SharedConfig {
    fn config(&self, mtu: Option<usize>) -> Result<Arc<Config>, CryptoError> {
        if let Some((_, config)) = self.config.get().filter(|(for_mtu, _)| *for_mtu == mtu) {
            return Ok(config.clone());
        }
        // ICE has verified the far end's address before DTLS begins, so that cookies
        // (RFC 6347 4.2.1) would only cost a round trip.
        let builder = Config::builder().use_server_cookie(false);
        let builder = if let Some(mtu) = mtu { builder.mtu(mtu) } else { builder };
        let config = builder.build().map_err(|error| CryptoError::Other(format!("DTLS configuration: {error}")))?;
        let config = Arc::new(config);
        // Lost only where two first peers race; the other's is as good.
        let _ = self.config.set((mtu, config.clone()));
        Ok(config)
    }
}

/// The configuration for phones, whose address may be anybody's: cookies (RFC 6347 section 4.2.1) keep a forged one
/// from costing a handshake. Sound waits for the first repeat: it comes sooner than RFC 6347 section 4.2.4.1 has it.
/// `None` when the crypto library fails.
pub(crate) fn for_phones() -> Option<Arc<Config>> {
    static CONFIG: OnceLock<Option<Arc<Config>>> = OnceLock::new();
    let build = || {
        let times = Config::builder().flight_start_rto(Duration::from_millis(400)).flight_retries(6);
        times.handshake_timeout(Duration::from_secs(30)).build().map(Arc::new).ok()
    };
    CONFIG.get_or_init(build).clone()
}

impl DtlsProvider for SharedConfig {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        dimpl::certificate::generate_self_signed_certificate().ok()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let (config, certificate) = (self.config(mtu)?, certificate.clone());
        let dtls = match version {
            DtlsVersion::Dtls12 => Dtls::new_12(config, certificate, now),
            DtlsVersion::Dtls13 => Dtls::new_13(config, certificate, now),
            DtlsVersion::Auto => Dtls::new_auto(config, certificate, now),
            // Non-exhaustive in str0m, which asks for what `rtc::build` sets.
            _ => return Err(CryptoError::Other(format!("DTLS version {version}"))),
        };
        Ok(Box::new(Instance(dtls)))
    }
}

struct Instance(Dtls);

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dtls")
    }
}

impl DtlsInstance for Instance {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        self.0.poll_output(buf)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}
