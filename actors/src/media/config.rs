//! Where the media workers listen, and what they announce.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The `[media]` section of the configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address of the first worker's socket; worker `n` takes port + `n`. With port 0
    /// each worker takes any free port.
    pub listen: SocketAddr,
    /// Addresses put into host candidates. Empty: the address of `listen`, or, where that
    /// is unspecified, those of the machine's interfaces.
    pub announce: Vec<IpAddr>,
    /// First and last port of the phones' RTP; `None`: any that is free.
    pub rtp_ports: Option<(u16, u16)>,
    /// Number of worker threads; 0 = one a core.
    pub workers: usize,
}

impl Default for Config {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Self { listen, announce: Vec::new(), rtp_ports: None, workers: 0 }
    }
}

/// Most worker threads, whatever the configuration says.
const WORKERS: usize = 64;

impl Config {
    /// How many workers to start.
    pub(super) fn worker_count(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.workers == 0 { cores } else { self.workers }.min(WORKERS)
    }

    /// Where worker `index` listens, or an error when its port would be above 65535.
    pub(super) fn listen_of(&self, index: usize) -> io::Result<SocketAddr> {
        let mut listen = self.listen;
        if listen.port() != 0 {
            let port = u16::try_from(index).ok().and_then(|n| listen.port().checked_add(n));
            let Some(port) = port else {
                let text = "media.listen: port + workers is above 65535";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            };
            listen.set_port(port);
        }
        Ok(listen)
    }

    /// The addresses of host candidates for a socket bound to `bound`, never empty.
    pub(super) fn candidates(&self, bound: SocketAddr) -> Vec<SocketAddr> {
        let wanted = if !self.announce.is_empty() {
            self.announce.clone()
        } else if bound.ip().is_unspecified() {
            interface_addresses()
        } else {
            vec![bound.ip()]
        };
        let mut found: Vec<SocketAddr> = Vec::new();
        for ip in wanted {
            let address = SocketAddr::new(ip, bound.port());
            let reachable = bound.is_ipv6() || ip.is_ipv4();
            if reachable && !ip.is_unspecified() && !found.contains(&address) {
                found.push(address);
            }
        }
        found
    }
}

/// The machine's addresses, loopback last, link-local left out.
pub fn interface_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<IpAddr> = interfaces.iter().filter(|i| !i.is_link_local()).map(|i| i.ip()).collect();
    addresses.sort_by_key(IpAddr::is_loopback);
    if addresses.is_empty() {
        addresses.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    addresses
}
