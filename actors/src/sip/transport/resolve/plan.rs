//! [`Finder`]: from a URI to the hops that may be tried, in order (RFC 3263 section 4).

use std::net::SocketAddr;
use std::sync::Arc;

use sip::message::{Host, SipUri};
use sip::transport::Protocol;
use uuid::Uuid;

use super::cache::Cached;
use super::record::{NoAnswer, Resolver, Srv};

/// Most hops tried for one request.
const TARGETS: usize = 8;

/// A hop, and the name its certificate must have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// By what.
    pub protocol: Protocol,
    /// Whereto.
    pub address: SocketAddr,
    /// The host of the URI, not what DNS made of it (RFC 5922 section 4).
    pub name: String,
}

/// See the module. Clones share what was found.
#[derive(Clone)]
pub struct Finder {
    cached: Arc<Cached>,
    account: Uuid,
}

impl Finder {
    /// Over a resolver.
    pub fn new(resolver: Arc<dyn Resolver>) -> Finder {
        Finder { cached: Arc::new(Cached::new(resolver)), account: Uuid::nil() }
    }

    /// The same for `account`, which has a share of the lookups at a time.
    pub fn of(self, account: Uuid) -> Finder {
        Finder { account, ..self }
    }

    /// The hops of `uri`, the best first; `fallback` carries it where neither it nor DNS says. `seed` spreads the
    /// load among SRV records of the same priority.
    ///
    /// Errors: there is none.
    pub async fn find(&self, uri: &SipUri, fallback: Option<Protocol>, seed: u64) -> Result<Vec<Target>, NoAnswer> {
        let name = uri.host.as_str().trim_end_matches('.').to_owned();
        let asked = protocol_of(uri);
        let protocol = asked.or(fallback);
        let usual = protocol.unwrap_or(if uri.secure { Protocol::Tls } else { Protocol::Udp });
        let target = |protocol, address| Target { protocol, address, name: name.clone() };
        if let Some(ip) = uri.host.address() {
            let address = SocketAddr::new(ip, uri.port.unwrap_or(usual.default_port()));
            return Ok(vec![Target { protocol: usual, address, name: literal(&uri.host) }]);
        }
        if let Some(port) = uri.port {
            let found = self.cached.addresses(self.account, &name).await?;
            return Ok(found.into_iter().take(TARGETS).map(|ip| target(usual, SocketAddr::new(ip, port))).collect());
        }
        for (protocol, service) in self.services(&name, protocol, uri.secure).await {
            let found = self.served(&service, seed).await;
            if !found.is_empty() {
                return Ok(found.into_iter().map(|address| target(protocol, address)).collect());
            }
        }
        let found = self.cached.addresses(self.account, &name).await?;
        let port = usual.default_port();
        Ok(found.into_iter().take(TARGETS).map(|ip| target(usual, SocketAddr::new(ip, port))).collect())
    }

    /// The names of SRV records to look for, in order (section 4.1).
    async fn services(&self, name: &str, protocol: Option<Protocol>, secure: bool) -> Vec<(Protocol, String)> {
        let usual = |protocol| (protocol, service_name(protocol, name));
        if let Some(protocol) = protocol {
            return vec![usual(protocol)];
        }
        let mut naming = self.cached.naming(self.account, name).await.unwrap_or_default();
        naming.sort_by_key(|naptr| (naptr.order, naptr.preference));
        let named: Vec<_> = naming
            .into_iter()
            .filter(|naptr| naptr.flags.eq_ignore_ascii_case("s"))
            .filter_map(|naptr| Some((protocol_of_service(&naptr.services)?, naptr.replacement)))
            .filter(|(protocol, _)| !secure || *protocol == Protocol::Tls)
            .collect();
        match (named.is_empty(), secure) {
            (false, _) => named,
            (true, true) => vec![usual(Protocol::Tls)],
            (true, false) => [Protocol::Udp, Protocol::Tcp, Protocol::Tls].map(usual).into(),
        }
    }

    /// The addresses behind SRV records, in the order of RFC 2782.
    async fn served(&self, service: &str, seed: u64) -> Vec<SocketAddr> {
        let mut found = Vec::new();
        for srv in in_order(self.cached.services(self.account, service).await.unwrap_or_default(), seed) {
            if srv.target == "." || found.len() >= TARGETS {
                continue;
            }
            let addresses =
                self.cached.addresses(self.account, srv.target.trim_end_matches('.')).await.unwrap_or_default();
            found.extend(addresses.into_iter().map(|ip| SocketAddr::new(ip, srv.port)));
        }
        found.truncate(TARGETS);
        found
    }
}

/// What the URI says: `sips` is TLS whatever `transport` is (RFC 3261 section 26.2.2).
fn protocol_of(uri: &SipUri) -> Option<Protocol> {
    match uri.transport().as_deref() {
        _ if uri.secure => Some(Protocol::Tls),
        Some("udp") => Some(Protocol::Udp),
        Some("tcp") => Some(Protocol::Tcp),
        Some("tls") => Some(Protocol::Tls),
        Some(_) | None => None,
    }
}

/// RFC 3263 section 4.1, services of NAPTR records.
fn protocol_of_service(service: &str) -> Option<Protocol> {
    match service.to_ascii_uppercase().as_str() {
        "SIP+D2U" => Some(Protocol::Udp),
        "SIP+D2T" => Some(Protocol::Tcp),
        "SIPS+D2T" => Some(Protocol::Tls),
        _ => None,
    }
}

fn service_name(protocol: Protocol, name: &str) -> String {
    match protocol {
        Protocol::Udp => format!("_sip._udp.{name}"),
        Protocol::Tcp => format!("_sip._tcp.{name}"),
        Protocol::Tls => format!("_sips._tcp.{name}"),
    }
}

/// Without the brackets of IPv6, as certificates have it.
fn literal(host: &Host) -> String {
    host.address().map_or_else(|| host.as_str().to_owned(), |address| address.to_string())
}

/// By priority; within one, drawn by weight (RFC 2782, "Usage rules").
fn in_order(mut records: Vec<Srv>, seed: u64) -> Vec<Srv> {
    let mut random = seed | 1;
    let mut ordered = Vec::with_capacity(records.len());
    records.sort_by_key(|srv| (srv.priority, srv.weight));
    while let Some(first) = records.first() {
        let priority = first.priority;
        let same = records.iter().take_while(|srv| srv.priority == priority);
        let sum: u64 = same.clone().map(|srv| u64::from(srv.weight)).sum();
        // xorshift64: spreads load, guards nothing.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let drawn = random % (sum + 1);
        let mut running = 0;
        let place = same.clone().position(|srv| {
            running += u64::from(srv.weight);
            running >= drawn
        });
        ordered.push(records.remove(place.unwrap_or_default()));
    }
    ordered
}
