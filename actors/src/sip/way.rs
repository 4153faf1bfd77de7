//! [`Way`]: what is learned of the way to an account's next hop, and who stands at its end.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use sip::message::{NameAddr, SipUri, Uri};
use sip::transport::{Hop, Protocol};

use super::transport::Local;

/// Addresses kept of one next hop.
const PEERS: usize = 32;

/// The account stays on TLS: what a far end wants otherwise is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the far end asks for a way without TLS, which this account does not take")]
pub struct OffTls;

/// See the module.
#[derive(Clone)]
pub struct Way {
    /// Our address as the next hop sees it.
    pub local: SocketAddr,
    /// What media sockets are bound to.
    pub bind: IpAddr,
    /// Where we are reached, as the registrar sees us.
    pub seen_as: SocketAddr,
    /// What the last answer came over.
    pub flow: Option<Hop>,
    /// Of requests outside of dialogs (RFC 3608).
    pub service_route: Vec<NameAddr>,
    /// What the next hop's name was resolved to, and whence it answered.
    peers: Vec<SocketAddr>,
}

impl Way {
    /// Nothing is known yet.
    pub fn unknown() -> Way {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let (bind, flow, service_route, peers) = (nowhere.ip(), None, Vec::new(), Vec::new());
        Way { local: nowhere, bind, seen_as: nowhere, flow, service_route, peers }
    }

    /// The transport found the way.
    pub fn found(&mut self, local: Local) {
        (self.local, self.seen_as, self.flow) = (local.address, local.address, Some(local.hop));
        self.bind = bindable(local.address.ip());
        self.peers = local.others;
        self.peers.truncate(PEERS - 1);
        self.peers.push(local.hop.address);
    }

    /// The next hop answered over `hop`.
    pub fn answered(&mut self, hop: Hop) {
        self.flow = Some(hop);
        if !self.peers.contains(&hop.address) {
            if self.peers.len() == PEERS {
                self.peers.remove(0);
            }
            self.peers.push(hop.address);
        }
    }

    /// Whether the next hop has this address.
    pub fn is_peer(&self, ip: IpAddr) -> bool {
        self.peers.iter().any(|peer| peer.ip().to_canonical() == ip.to_canonical())
    }

    /// Whether `next` is `home`, the next hop, and not another service of its host: by name and port (RFC 3261 section
    /// 19.1.4), or by the addresses and ports they turned out to be.
    pub fn is_home(&self, home: &SipUri, next: &SipUri) -> bool {
        let port = next.port.unwrap_or_else(|| protocol(next).default_port());
        let is_named = next.host == home.host;
        let is_peer = |peer: &SocketAddr| {
            peer.port() == port
                && (is_named || next.host.address().map(|ip| ip.to_canonical()) == Some(peer.ip().to_canonical()))
        };
        is_named && next.port == home.port || self.peers.iter().any(is_peer)
    }

    /// The flow, if it is the way to `next`: many may share a host, on other ports.
    pub fn flow_to(&self, home: &SipUri, next: &Uri) -> Option<Hop> {
        let (next, flow) = (next.as_sip()?, self.flow?);
        let is_named = next.host == home.host && next.port == home.port;
        let port = next.port.unwrap_or(flow.protocol.default_port());
        let is_there = next.host.address() == Some(flow.address.ip()) && port == flow.address.port();
        (is_named || is_there).then_some(flow)
    }
}

/// What the URI itself says of how it is reached.
fn protocol(uri: &SipUri) -> Protocol {
    match uri.transport().as_deref() {
        _ if uri.secure => Protocol::Tls,
        Some("tls") => Protocol::Tls,
        Some("tcp") => Protocol::Tcp,
        Some(_) | None => Protocol::Udp,
    }
}

/// `ip` if it is this machine's; else, where it is announced for a translator in front, any of the family.
fn bindable(ip: IpAddr) -> IpAddr {
    match (UdpSocket::bind((ip, 0)), ip) {
        (Ok(_), _) => ip,
        (Err(_), IpAddr::V4(_)) => Ipv4Addr::UNSPECIFIED.into(),
        (Err(_), IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use sip::transport::Flow;

    use super::*;

    #[test]
    fn another_service_of_the_host_is_not_the_next_hop() {
        let uri = |text: &str| Uri::parse(text).unwrap().as_sip().unwrap().clone();
        let hop = |address: &str| Hop { protocol: Protocol::Udp, address: address.parse().unwrap(), flow: Flow(1) };
        let mut way = Way::unknown();
        let local = "192.0.2.9:5060".parse().unwrap();
        way.found(Local {
            address: local,
            hop: hop("192.0.2.1:5060"),
            others: vec!["192.0.2.2:5080".parse().unwrap()],
        });
        way.answered(hop("192.0.2.3:5090"));
        let home = uri("sip:P.example");
        for is in
            ["sip:p.example;lr", "sip:p.example:5080", "sip:192.0.2.1", "sip:192.0.2.2:5080;lr", "sip:192.0.2.3:5090"]
        {
            assert!(way.is_home(&home, &uri(is)), "{is}");
        }
        for other in ["sip:p.example:6379", "sip:192.0.2.2", "sip:192.0.2.1:5061", "sip:q.example", "sip:192.0.2.4"] {
            assert!(!way.is_home(&home, &uri(other)), "{other}");
        }
        assert!(way.is_peer("::ffff:192.0.2.3".parse().unwrap()) && !way.is_peer("192.0.2.4".parse().unwrap()));
    }
}
