//! [`Via`]: where a request came from and its response goes (RFC 3261 section 20.42).

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::grammar::{is_space, is_token, trim};
use super::host::Host;
use super::params::Params;

/// What every branch of RFC 3261 begins with (section 8.1.1.7).
pub const COOKIE: &str = "z9hG4bK";

/// One Via value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    version: String,
    transport: String,
    /// `sent-by`.
    pub host: Host,
    /// `sent-by`'s port.
    pub port: Option<u16>,
    params: Params,
}

impl Via {
    /// For a request of ours: asks for `rport` (RFC 3581).
    pub fn new(transport: &str, host: Host, port: Option<u16>, branch: &str) -> Via {
        let mut params = Params::new();
        params.set("branch", branch);
        params.set_flag("rport");
        let transport = if is_token(transport) { transport } else { "UDP" };
        Via { version: "2.0".to_owned(), transport: transport.to_owned(), host, port, params }
    }

    /// Reads one value.
    pub fn parse(text: &str) -> Option<Via> {
        let (head, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let mut parts = head.splitn(3, '/').map(trim);
        let (protocol, version, rest) = (parts.next()?, parts.next()?, parts.next()?);
        if !protocol.eq_ignore_ascii_case("SIP") || !is_token(version) {
            return None;
        }
        let (transport, sent_by) = rest.split_once(is_space)?;
        let (host, port) = trim(sent_by).split_once(is_space).map_or_else(
            || Host::parse_with_port(trim(sent_by)),
            |_| Host::parse_with_port(&without_space_at_colon(sent_by)),
        )?;
        let transport = is_token(transport).then(|| transport.to_owned())?;
        Some(Via { version: version.to_owned(), transport, host, port, params: Params::parse(params)? })
    }

    /// `2.0`, or what an answer to another version needs.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `UDP`, `TCP`, `TLS`, `WS`, … as written.
    pub fn transport(&self) -> &str {
        &self.transport
    }

    /// `branch`.
    pub fn branch(&self) -> Option<Cow<'_, str>> {
        self.params.get("branch")
    }

    /// The branch if it is a transaction id by itself: it has the cookie and more behind it. Others are of RFC 2543.
    pub fn rfc3261_branch(&self) -> Option<Cow<'_, str>> {
        let is_ours = |branch: &str| {
            branch.get(..COOKIE.len()).is_some_and(|cookie| cookie.eq_ignore_ascii_case(COOKIE))
                && branch.len() > COOKIE.len()
        };
        self.branch().filter(|branch| is_ours(branch))
    }

    /// `received`, with and without brackets around IPv6 (RFC 5118 section 4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.get("received")?;
        text.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// `rport`'s value (RFC 3581).
    pub fn rport(&self) -> Option<u16> {
        super::grammar::number(self.params.raw("rport")?)
    }

    /// Whether the sender asks for `rport`.
    pub fn asks_rport(&self) -> bool {
        self.params.has("rport")
    }

    /// Notes where the request really came from: `received` where it differs from `sent-by`
    /// (RFC 3261 section 18.2.1) and always where `rport` is asked for (RFC 3581 section 4).
    pub fn note_source(&mut self, source: SocketAddr) {
        let asked = self.asks_rport();
        if asked || self.host.address() != Some(source.ip()) {
            self.params.put("received", Some(source.ip().to_string()));
        }
        if asked {
            self.params.put("rport", Some(source.port().to_string()));
        }
    }

    /// All parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }
}

/// `host : port` is legal (`COLON` has spaces around it); two words are not.
fn without_space_at_colon(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in trim(text).split(is_space).filter(|word| !word.is_empty()) {
        if !out.is_empty() && !out.ends_with(':') && !word.starts_with(':') {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/{}/{} {}", self.version, self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_legal_around_every_separator() {
        let via = Via::parse("SIP  /   2.0 /UDP    192.0.2.2 : 5070 ; branch =  z9hG4bKx").unwrap();
        assert_eq!((via.transport(), via.port, via.rfc3261_branch().as_deref()), ("UDP", Some(5070), Some("z9hG4bKx")));
        for bad in ["SIP/2.0/UDP", "SIP/2.0/UDP a b", "HTTP/2.0/UDP a", "SIP/2.0/UDP a;;", "SIP/2.0/U(P a"] {
            assert!(Via::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_cookie_alone_is_no_branch() {
        assert_eq!(Via::parse("SIP/2.0/UDP a;branch=z9hG4bK").unwrap().rfc3261_branch(), None);
        assert_eq!(Via::parse("SIP/2.0/UDP a;branch=1").unwrap().rfc3261_branch(), None);
    }

    #[test]
    fn the_source_is_noted_where_it_differs_or_is_asked_for() {
        let source = "192.0.2.9:1024".parse().unwrap();
        let mut via = Via::parse("SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bKx").unwrap();
        via.note_source(source);
        assert_eq!((via.received(), via.rport()), (Some(source.ip()), Some(1024)));
        let mut via = Via::parse("SIP/2.0/UDP 192.0.2.9:5060").unwrap();
        via.note_source(source);
        assert!(via.params().is_empty());
        let mut via = Via::parse("SIP/2.0/UDP [2001:db8::1];received=[2001:db8::9:255]").unwrap();
        assert_eq!(via.received(), Some("2001:db8::9:255".parse().unwrap()));
        via.note_source("[2001:db8::7]:1".parse().unwrap());
        assert_eq!(via.to_string(), "SIP/2.0/UDP [2001:db8::1];received=2001:db8::7");
    }
}
