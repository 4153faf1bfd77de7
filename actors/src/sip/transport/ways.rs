//! [`Ways`]: the sockets and connections there are, and which leads where.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use actix::SpawnHandle;
use sip::endpoint::SentBy;
use sip::message::StreamParser;
use sip::transport::{Flow, Hop, Protocol};
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::journey::Journey;
use super::resolve::Target;
use super::sources::Sources;
use super::udp;
use super::{Listen, Route};
use crate::config::Tls;

/// Which connections may be shared: those to the same address, verified by the same name in the same way
/// (RFC 5923 section 6 asks for the name).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub protocol: Protocol,
    pub address: SocketAddr,
    pub identity: Option<(String, Arc<Tls>)>,
}

impl Key {
    pub fn of(target: &Target, route: &Route) -> Key {
        let identity = (target.protocol == Protocol::Tls).then(|| (target.name.clone(), route.tls.clone()));
        Key { protocol: target.protocol, address: target.address, identity }
    }
}

/// A connection, made or being made.
pub(super) enum Slot {
    Open(Flow),
    Connecting(Vec<Journey>),
}

/// One connection.
pub(super) struct Connection {
    pub key: Option<Key>,
    pub hop: Hop,
    pub local: SocketAddr,
    pub queue: mpsc::Sender<Arc<[u8]>>,
    pub parser: StreamParser,
    pub reader: SpawnHandle,
    pub opened: Instant,
    pub used: Instant,
    /// A whole request or response came by it.
    pub spoke: bool,
    /// A keep-alive of ours that nothing followed yet.
    pub pinged: Option<Instant>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Ways {
    pub udp: HashMap<Flow, Arc<UdpSocket>>,
    pub connections: HashMap<Flow, Connection>,
    pub pool: HashMap<Key, Slot>,
    pub sources: Sources,
    pub listening: Vec<Listen>,
    /// What others see instead of a private address of ours.
    pub announce: Option<IpAddr>,
}

impl Ways {
    /// Whether the socket or connection of `hop` is there.
    pub fn leads(&self, hop: &Hop) -> bool {
        match hop.protocol {
            Protocol::Udp => self.udp.contains_key(&hop.flow),
            Protocol::Tcp | Protocol::Tls => self.connections.contains_key(&hop.flow),
        }
    }

    /// Sends, or queues to be sent.
    ///
    /// Errors: the way is gone or full.
    pub fn send(&mut self, now: Instant, hop: &Hop, bytes: Arc<[u8]>) -> io::Result<()> {
        match hop.protocol {
            Protocol::Udp => {
                let socket = self.udp.get(&hop.flow).ok_or(io::ErrorKind::NotConnected)?;
                match udp::send(socket, hop.address, &bytes) {
                    // As if the network had lost it.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
                    result => result,
                }
            }
            Protocol::Tcp | Protocol::Tls => {
                let connection = self.connections.get_mut(&hop.flow).ok_or(io::ErrorKind::NotConnected)?;
                connection.used = now;
                connection.queue.try_send(bytes).map_err(|_| io::ErrorKind::BrokenPipe.into())
            }
        }
    }

    /// The connection that is missed least, among those accepted or those we made: of whoever has most of them, the one that
    /// is silent for longest. None of `watched`.
    pub fn least_missed(&self, is_accepted: bool, watched: &HashSet<Flow>) -> Option<Flow> {
        let all = self.connections.iter();
        let all = all.filter(|(flow, own)| own.key.is_none() == is_accepted && !watched.contains(flow));
        let rank = |own: &Connection| {
            let share = if is_accepted { self.sources.share(own.hop.address.ip()) } else { 0 };
            (Reverse(share), own.used)
        };
        all.min_by_key(|(_, own)| rank(own)).map(|(flow, _)| *flow)
    }

    /// The socket that reaches `address`: one bound to where the kernel would send from, else to any address.
    pub fn socket_to(&self, address: SocketAddr) -> Option<Flow> {
        let from = udp::local_towards(address).ok()?;
        let rank = |socket: &UdpSocket| match socket.local_addr().ok()?.ip() {
            ip if ip == from => Some(0),
            ip if ip.is_unspecified() && ip.is_ipv4() == from.is_ipv4() => Some(1),
            ip if ip.is_unspecified() && ip.is_ipv6() => {
                SockRef::from(socket).only_v6().is_ok_and(|only| !only).then_some(2)
            }
            _ => None,
        };
        let ranked = self.udp.iter().filter_map(|(flow, socket)| Some((rank(socket)?, flow.0)));
        ranked.min().map(|(_, flow)| Flow(flow))
    }

    /// Where we listen by `protocol` for `ip`; a listener of all IPv6 takes IPv4 where no other does.
    fn listener(&self, protocol: Protocol, ip: IpAddr) -> Option<SocketAddr> {
        let rank = |bound: IpAddr| match bound {
            own if own == ip => Some(0),
            own if own.is_unspecified() && own.is_ipv4() == ip.is_ipv4() => Some(1),
            own if own.is_unspecified() && own.is_ipv6() => Some(2),
            _ => None,
        };
        let own = self.listening.iter().filter(|listen| listen.protocol == protocol);
        let ranked = own.filter_map(|listen| Some((rank(listen.address.ip())?, listen.address)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, address)| address)
    }

    /// Where `hop` can reach us: a listener of its protocol, else the end of its connection.
    pub fn local(&self, hop: &Hop) -> io::Result<SocketAddr> {
        let (ip, port) = match hop.protocol {
            Protocol::Udp => {
                let bound = self.udp.get(&hop.flow).ok_or(io::ErrorKind::NotConnected)?.local_addr()?;
                let any = bound.ip().is_unspecified();
                (if any { udp::local_towards(hop.address)? } else { bound.ip() }, bound.port())
            }
            Protocol::Tcp | Protocol::Tls => match self.connections.get(&hop.flow) {
                Some(connection) => (connection.local.ip().to_canonical(), connection.local.port()),
                None => (udp::local_towards(hop.address)?, 0),
            },
        };
        let port = match hop.protocol {
            Protocol::Udp => port,
            Protocol::Tcp | Protocol::Tls => self.listener(hop.protocol, ip).map_or(port, |own| own.port()),
        };
        if port == 0 {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let announced = self
            .announce
            .filter(|own| is_private(ip) && !is_private(hop.address.ip()) && own.is_ipv4() == ip.is_ipv4());
        Ok(SocketAddr::new(announced.unwrap_or(ip), port))
    }

    /// What a Via to `hop` says of us.
    pub fn sent_by(&self, hop: &Hop) -> io::Result<SentBy> {
        let local = self.local(hop)?;
        Ok(SentBy { host: local.ip().into(), port: Some(local.port()) })
    }
}

/// Not routed on the internet: RFC 1918, RFC 4193, loopback, link-local.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
