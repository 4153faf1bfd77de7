//! [`Destinations`]: where SIP may be sent.

use std::net::IpAddr;

use ipnet::IpNet;
use sdp::AddressPolicy;

use super::Listen;

/// What a URI leads to is chosen by tenants and by peers; with this, they cannot make the engine knock at doors that
/// only this machine or its network can see.
#[derive(Clone, Debug)]
pub struct Destinations {
    /// These and no others; empty: what `addresses` says.
    only: Vec<IpNet>,
    addresses: AddressPolicy,
}

impl Destinations {
    /// Those of `only`. Of an empty list: every unicast address but link-local ones and loopback; loopback too where
    /// one of `listen` is there, since then the engine talks to this machine.
    pub fn new(only: &[IpNet], listen: &[Listen]) -> Destinations {
        let loopback = listen.iter().any(|own| own.address.ip().to_canonical().is_loopback());
        Destinations { only: only.to_vec(), addresses: AddressPolicy { loopback, ..AddressPolicy::default() } }
    }

    /// Whether SIP may be sent to `address`. IPv4 in IPv6 is judged as IPv4; what is not one machine's never passes.
    pub fn permit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self.only.is_empty() {
            true => self.addresses.permits(address),
            false => is_unicast(address) && self.only.iter().any(|net| net.contains(&address)),
        }
    }
}

/// Whether `address` is of the internet, and not of a network that this machine may stand in or translate to: RFC 6890's
/// IPv4, of IPv6 what is global unicast without 6to4.
pub fn is_internet(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let is_special = match v4.octets() {
                [0 | 240..=255, ..] | [192, 0, 0, _] | [198, 18 | 19, ..] => true,
                [100, second, ..] => (64..128).contains(&second),
                _ => v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast(),
            };
            !is_special
        }
        IpAddr::V6(v6) => v6.segments().first().is_some_and(|first| first & 0xe000 == 0x2000 && *first != 0x2002),
    }
}

fn is_unicast(address: IpAddr) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !address.is_unspecified() && !address.is_multicast() && !is_broadcast
}

#[cfg(test)]
mod tests {
    use sip::transport::Protocol;

    use super::*;

    fn permitted(only: &[&str], listen: &str) -> Vec<&'static str> {
        let only: Vec<IpNet> = only.iter().map(|net| net.parse().unwrap()).collect();
        let listen = Listen { protocol: Protocol::Udp, address: listen.parse().unwrap() };
        let own = Destinations::new(&only, &[listen]);
        let all = [
            "192.0.2.1",
            "10.0.0.1",
            "2001:db8::1",
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "169.254.1.1",
            "fe80::1",
            "fd00:ec2::254",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
        ];
        all.into_iter().filter(|address| own.permit(address.parse().unwrap())).collect()
    }

    #[test]
    fn networks_of_ones_own_are_not_the_internet() {
        for own in "10.1.1.1 172.16.0.1 192.168.1.1 127.0.0.1 100.64.0.1 169.254.1.1 198.18.0.1 0.0.0.1 224.0.0.1 255.255.255.255 \
                    ::1 fd00::1 fe80::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::1 ff02::1"
            .split_ascii_whitespace()
        {
            assert!(!is_internet(own.parse().unwrap()), "{own}");
        }
        for other in ["192.0.2.1", "100.128.0.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(is_internet(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn this_machine_and_its_link_are_no_destinations_unless_said() {
        let public = ["192.0.2.1", "10.0.0.1", "2001:db8::1"];
        assert_eq!(permitted(&[], "0.0.0.0:5060"), public);
        let local = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"];
        assert_eq!(permitted(&[], "127.0.0.1:5060"), [public.as_slice(), &local].concat());
        assert_eq!(
            permitted(&["10.0.0.0/8", "127.0.0.1/32"], "0.0.0.0:0"),
            ["10.0.0.1", "127.0.0.1", "::ffff:127.0.0.1"]
        );
        assert_eq!(permitted(&["10.0.0.0/8"], "127.0.0.1:0"), ["10.0.0.1"]);
        assert_eq!(permitted(&["0.0.0.0/0", "::/0"], "0.0.0.0:0").len(), 12);
    }
}
