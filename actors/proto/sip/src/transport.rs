//! Where messages go, as far as messages decide it: protocols, hops, the way back of a response
//! (RFC 3261 section 18). Sockets, TLS and DNS are the shell's.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::message::{Request, Via};

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream inside TLS.
    Tls,
}

/// Largest request in bytes that goes by datagram when the path's limit is not known (section 18.1.1).
pub const DATAGRAM_BYTES: usize = 1300;

impl Protocol {
    /// Whether what is sent arrives or fails.
    pub fn is_reliable(self) -> bool {
        self != Protocol::Udp
    }

    /// As in a Via.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Udp => "UDP",
            Protocol::Tcp => "TCP",
            Protocol::Tls => "TLS",
        }
    }

    /// The port of a host that names none.
    pub fn default_port(self) -> u16 {
        match self {
            Protocol::Udp | Protocol::Tcp => 5060,
            Protocol::Tls => 5061,
        }
    }

    /// What a request of this size goes by: a large one leaves UDP for TCP (section 18.1.1).
    #[must_use]
    pub fn for_request(self, request: &Request) -> Protocol {
        match self {
            Protocol::Udp if request.to_bytes().len() > DATAGRAM_BYTES => Protocol::Tcp,
            Protocol::Udp | Protocol::Tcp | Protocol::Tls => self,
        }
    }
}

/// The other end of a message's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// By what.
    pub protocol: Protocol,
    /// Its address.
    pub address: SocketAddr,
    /// By which of our sockets or connections: what belongs to one transaction takes one way.
    pub flow: Flow,
}

/// A socket or a connection, as the shell numbers them (RFC 5626 section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flow(pub u64);

/// Where the response to a request goes that came from `source` (section 18.2.2, RFC 3581 section 4): over
/// the same connection, or, by datagram, to the port asked for. `maddr` is not followed: nobody
/// should be able to send our answers elsewhere.
pub fn way_back(via: &Via, source: Hop) -> Hop {
    match source.protocol {
        Protocol::Tcp | Protocol::Tls => source,
        Protocol::Udp if via.asks_rport() => source,
        Protocol::Udp => {
            let port = via.port.unwrap_or(Protocol::Udp.default_port());
            Hop { address: SocketAddr::new(source.address.ip(), port), ..source }
        }
    }
}

/// Whose `address` is, where strangers are counted: a household has one IPv4 address, or a /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Method, Uri, name};

    #[test]
    fn a_response_goes_back_to_where_the_request_came_from() {
        let udp = Hop { protocol: Protocol::Udp, address: "192.0.2.1:1024".parse().unwrap(), flow: Flow(7) };
        let back = |via: &str, source| way_back(&Via::parse(via).unwrap(), source).address.to_string();
        assert_eq!(back("SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK1", udp), "192.0.2.1:1024");
        assert_eq!(back("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1", udp), "192.0.2.1:5070");
        assert_eq!(back("SIP/2.0/UDP h;maddr=198.51.100.1", udp), "192.0.2.1:5060");
        assert_eq!(back("SIP/2.0/TCP h:5070", Hop { protocol: Protocol::Tcp, ..udp }), "192.0.2.1:1024");
    }

    #[test]
    fn a_household_is_one() {
        let of = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!((of("192.0.2.1"), of("::ffff:192.0.2.1")), ("192.0.2.1".into(), "192.0.2.1".into()));
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[test]
    fn large_requests_leave_udp() {
        let mut request = Request::new(Method::Invite, Uri::parse("sip:b@h").unwrap());
        assert_eq!(Protocol::Udp.for_request(&request), Protocol::Udp);
        request.headers.push(name::SUBJECT, "x".repeat(DATAGRAM_BYTES));
        assert_eq!(
            (Protocol::Udp.for_request(&request), Protocol::Tls.for_request(&request)),
            (Protocol::Tcp, Protocol::Tls)
        );
    }
}
