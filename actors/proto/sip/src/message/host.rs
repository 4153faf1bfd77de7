//! [`Host`]: a name or an address (RFC 3261 section 25.1 `host`, with RFC 5954's IPv6 grammar).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv6Addr};

/// Where a URI or a Via points. Written as it was read; names compare without case, addresses by value.
#[derive(Clone, Debug)]
pub struct Host {
    text: String,
    address: Option<IpAddr>,
}

impl Host {
    /// Reads a name, an IPv4 address or an IPv6 address in brackets.
    ///
    /// `[2001:db8:::192.0.2.1]` is read as `::`: the grammar of RFC 3261 allowed the third colon
    /// before an IPv4 part and RFC 5118 section 4.10 wants it tolerated.
    pub fn parse(text: &str) -> Option<Host> {
        if let Some(inner) = text.strip_prefix('[') {
            let address = parse_v6(inner.strip_suffix(']')?)?;
            return Some(Host { text: text.to_owned(), address: Some(address.into()) });
        }
        if let Ok(address) = text.parse() {
            return Some(Host { text: text.to_owned(), address: Some(IpAddr::V4(address)) });
        }
        is_name(text).then(|| Host { text: text.to_owned(), address: None })
    }

    /// Reads `host[:port]`; the port is 1 to 65535.
    pub fn parse_with_port(text: &str) -> Option<(Host, Option<u16>)> {
        let end_of_v6 = text.rfind(']').map_or(0, |at| at + 1);
        let port_at = text.get(end_of_v6..)?.find(':').map(|at| at + end_of_v6);
        let Some(at) = port_at else { return Some((Host::parse(text)?, None)) };
        let port = super::grammar::number::<u16>(text.get(at + 1..)?).filter(|port| *port > 0)?;
        Some((Host::parse(text.get(..at)?)?, Some(port)))
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// As on the wire, IPv6 in brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Host {
        let text = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        Host { text, address: Some(address) }
    }
}

fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    text.parse().ok().or_else(|| {
        let (head, tail) = text.rsplit_once(":::")?;
        let is_bug = !tail.contains(':') && tail.contains('.') && !head.ends_with(':');
        is_bug.then(|| format!("{head}::{tail}").parse().ok()).flatten()
    })
}

/// `hostname`: labels of letters, digits, `-` and, as many machines are named so, `_`.
/// What has digits and dots only must be an address.
fn is_name(text: &str) -> bool {
    let labels = text.strip_suffix('.').unwrap_or(text);
    let label_ok = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 255
        && labels.split('.').all(label_ok)
        && !labels.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

impl PartialEq for Host {
    fn eq(&self, other: &Host) -> bool {
        match (self.address, other.address) {
            (Some(own), Some(other)) => own == other,
            (None, None) => self.text.eq_ignore_ascii_case(&other.text),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Eq for Host {}

impl Hash for Host {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.address {
            Some(address) => address.hash(state),
            None => self.text.to_ascii_lowercase().hash(state),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert!(Host::parse("Example.COM").unwrap() == Host::parse("example.com").unwrap());
        assert!(Host::parse("[2001:DB8::0:1]").unwrap() == Host::parse("[2001:db8::1]").unwrap());
        assert_eq!(Host::parse("192.0.2.1").unwrap().address(), Some("192.0.2.1".parse().unwrap()));
        for bad in ["", "a..b", "256.1.1.1", "1.2.3", "2001:db8::1", "[::1", "a b", "[::1]x", "a/b"] {
            assert!(Host::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_port_follows_the_bracket() {
        assert_eq!(Host::parse_with_port("[::1]:5070").unwrap().1, Some(5070));
        assert_eq!(Host::parse_with_port("[2001:db8::10:5070]").unwrap().1, None);
        assert!(Host::parse_with_port("a:0").is_none() && Host::parse_with_port("a:").is_none());
        assert!(Host::parse_with_port("a:65536").is_none() && Host::parse_with_port("2001:db8::10").is_none());
    }

    #[test]
    fn the_third_colon_is_tolerated_before_an_ipv4_part_only() {
        let read = Host::parse("[2001:db8:::192.0.2.1]").unwrap();
        assert_eq!(read, Host::parse("[2001:db8::192.0.2.1]").unwrap());
        for bad in ["[2001:db8:::10]", "[2001:db8::::192.0.2.1]", "[2001:db8::1:::192.0.2.1]"] {
            assert!(Host::parse(bad).is_none(), "{bad}");
        }
    }
}
