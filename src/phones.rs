//! Where phones and trunks reach the engine: the listeners of `[sip]`.

use std::sync::Arc;

use actors::exchange::Exchange;
use actors::sip::Protocol;
use actors::sip::transport::Listen as Bound;
use rustls::ServerConfig;

use crate::config::{Config, Listen, Transport};
use crate::server::StartError;
use crate::tls;

/// Starts the SIP transport; gives the addresses with the ports chosen. Where none is configured, accounts still register,
/// and are reached by the ports they did it from.
///
/// Errors: an address is taken or not ours; `tls:` without a certificate.
pub async fn start(config: &Config, exchange: &Arc<Exchange>) -> Result<Vec<Listen>, StartError> {
    let listen = &config.sip.listen;
    let (wanted, announce) = (listen.iter().map(wanted).collect(), config.media.announce.first().copied());
    let bound = actors::sip::listen(exchange, wanted, certificate(config)?, announce).await;
    let bound: Vec<Listen> = bound
        .map_err(|error| StartError::Part(format!("`sip.listen`: {error}")))?
        .iter()
        .map(|bound| Listen { transport: transport(bound.protocol), address: bound.address })
        .collect();
    for Listen { transport, address } in &bound {
        log::info!(transport:? = transport, address:% = address; "SIP listening");
    }
    Ok(bound)
}

/// The certificate of the HTTP listeners, where SIP needs one.
fn certificate(config: &Config) -> Result<Option<Arc<ServerConfig>>, StartError> {
    let Some(secure) = config.sip.listen.iter().find(|listen| listen.transport == Transport::Tls) else {
        return Ok(None);
    };
    let missing = || StartError::Unusable(format!("`sip.listen`: tls:{} needs `http.tls_certificate`", secure.address));
    let mut tls = tls::server_config(&config.http)?.ok_or_else(missing)?;
    // What HTTP agrees on is not spoken here.
    tls.alpn_protocols.clear();
    Ok(Some(Arc::new(tls)))
}

fn wanted(listen: &Listen) -> Bound {
    let protocol = match listen.transport {
        Transport::Udp => Protocol::Udp,
        Transport::Tcp => Protocol::Tcp,
        Transport::Tls => Protocol::Tls,
    };
    Bound { protocol, address: listen.address }
}

fn transport(protocol: Protocol) -> Transport {
    match protocol {
        Protocol::Udp => Transport::Udp,
        Protocol::Tcp => Transport::Tcp,
        Protocol::Tls => Transport::Tls,
    }
}
