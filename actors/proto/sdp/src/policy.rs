//! Which addresses may be told to the far end.

use std::net::{IpAddr, Ipv6Addr};

use crate::{Candidate, CandidateAddress};

/// Decides on addresses in candidates and `c=` lines that leave the engine.
///
/// Without exceptions, refused are: unspecified, loopback, link-local (with it the
/// metadata service 169.254.169.254), multicast and broadcast. Private ranges pass:
/// two browsers behind one NAT meet there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Loopback passes (the demo on one machine).
    pub loopback: bool,
    /// Link-local passes; the metadata service does not even then.
    pub link_local: bool,
}

impl AddressPolicy {
    /// Whether `address` may pass. IPv4 in IPv6 forms is judged as the IPv4 address it is.
    pub fn permits(&self, address: IpAddr) -> bool {
        match canonical(address) {
            IpAddr::V4(v4) if v4.octets() == [169, 254, 169, 254] => false,
            IpAddr::V4(v4) if v4.is_loopback() || v4.octets().first() == Some(&0) => {
                self.loopback && !v4.is_unspecified()
            }
            IpAddr::V4(v4) if v4.is_link_local() => self.link_local,
            IpAddr::V4(v4) => !v4.is_multicast() && !v4.is_broadcast(),
            IpAddr::V6(v6) if v6.is_loopback() => self.loopback,
            IpAddr::V6(v6) if v6.is_unicast_link_local() => self.link_local,
            IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast() && !is_metadata(v6),
        }
    }

    /// Whether the candidate `candidate:...` may pass; one that cannot be read may not.
    /// The end of candidates (an empty text) is no candidate: ask elsewhere.
    pub fn permits_candidate(&self, text: &str) -> bool {
        Candidate::parse(text).is_ok_and(|candidate| match candidate.address {
            CandidateAddress::Ip(address) => self.permits(address),
            CandidateAddress::Mdns(_) => true,
        })
    }

    /// What to write for a `c=` or `a=rtcp:` line whose address may not pass; `None` to keep it.
    /// The unspecified address says that nothing is known yet, so it stays.
    pub(crate) fn rewrite(&self, line: &str) -> Option<String> {
        let (harmless, rest) = match (line.strip_prefix("c="), line.strip_prefix("a=rtcp:")) {
            (Some(rest), _) => ("c=IN IP4 0.0.0.0", rest),
            (None, Some(rest)) if rest.contains(' ') => ("a=rtcp:9 IN IP4 0.0.0.0", rest),
            (None, _) => return None,
        };
        let address = rest.rsplit(' ').next()?.split('/').next()?.parse::<IpAddr>();
        let passes = address.is_ok_and(|ip| ip.is_unspecified() || self.permits(ip));
        (!passes).then(|| harmless.to_owned())
    }
}

/// IPv4-mapped, IPv4-compatible, NAT64 and 6to4 forms as the IPv4 address they lead to.
fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let embedded = match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] if (high, low) != (0, 0) && (high, low) != (0, 1) => Some((high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    embedded.map_or(address, |(high, low)| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::from([a, b, c, d])
    })
}

/// The cloud metadata service over IPv6.
fn is_metadata(v6: Ipv6Addr) -> bool {
    v6.segments() == [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254]
}
