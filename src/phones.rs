//! Where phones and trunks reach the engine: the listeners of `[sip]`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use actors::exchange::Exchange;
use actors::sip::Protocol;
use actors::sip::transport::{Destinations, Listen as Bound};
use ipnet::IpNet;
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
    let destinations = config.sip.destinations.clone();
    let bound = actors::sip::listen(exchange, wanted, certificate(config)?, announce, destinations).await;
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

/// Where a phone on this machine reaches the first of `listeners` it can without a certificate. `None` too where
/// `sip.destinations` does not let it be reached.
pub fn on_loopback(listeners: &[Listen], destinations: &[IpNet]) -> Option<SocketAddr> {
    let bound: Vec<Bound> = listeners.iter().map(wanted).collect();
    let destinations = Destinations::new(destinations, &bound);
    let mut plain = listeners.iter().filter(|listen| listen.transport != Transport::Tls);
    plain.find_map(|Listen { address, .. }| {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        (ip.is_loopback() && destinations.permit(ip)).then(|| SocketAddr::new(ip, address.port()))
    })
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
