//! [`Sockets`]: what an engine listens on; it outlives the actor, so that a rebuilt one has the same ports.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use sip::transport::{Flow, Protocol};

use super::{stream, udp};

/// A listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Over what.
    pub protocol: Protocol,
    /// Where; port 0 is any free one.
    pub address: SocketAddr,
}

/// See the module.
pub(super) struct Sockets {
    pub udp: Vec<std::net::UdpSocket>,
    pub streams: Vec<(Protocol, std::net::TcpListener)>,
    /// Flows are told apart over rebuilds too.
    flows: AtomicU64,
}

impl Sockets {
    /// Binds all.
    ///
    /// Errors: an address is taken or not ours; the text names it.
    pub fn bind(listen: &[Listen]) -> io::Result<Sockets> {
        let (mut udp, mut streams) = (Vec::new(), Vec::new());
        for wanted in listen {
            // Beside an IPv4 listener of the same port the one of IPv6 must leave IPv4 alone.
            let only_v6 = listen.iter().any(|other| {
                other.protocol == wanted.protocol
                    && other.address.is_ipv4()
                    && other.address.port() == wanted.address.port()
            });
            let bound = match wanted.protocol {
                Protocol::Udp => udp::bind(wanted.address, only_v6).map(|socket| udp.push(socket)),
                Protocol::Tcp | Protocol::Tls => {
                    stream::listen(wanted.address, only_v6).map(|listener| streams.push((wanted.protocol, listener)))
                }
            };
            let (name, address) = (wanted.protocol.as_str().to_ascii_lowercase(), wanted.address);
            bound.map_err(|error| io::Error::new(error.kind(), format!("{name}:{address}: {error}")))?;
        }
        Ok(Sockets { udp, streams, flows: AtomicU64::new(1) })
    }

    /// What was bound, with the ports chosen.
    pub fn bound(&self) -> io::Result<Vec<Listen>> {
        let udp = self.udp.iter().map(|socket| (Protocol::Udp, socket.local_addr()));
        let streams = self.streams.iter().map(|(protocol, listener)| (*protocol, listener.local_addr()));
        udp.chain(streams).map(|(protocol, address)| Ok(Listen { protocol, address: address? })).collect()
    }

    /// A number no flow had.
    pub fn flow(&self) -> Flow {
        Flow(self.flows.fetch_add(1, Ordering::Relaxed))
    }
}
