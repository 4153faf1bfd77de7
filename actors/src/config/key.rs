//! What a key may hold, as a table a connector, and the walk over it.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Map, Value};
use signal::Connector;

use super::{any, conference, number, sip, webrtc, xmpp};

/// Longest text value, in characters.
const TEXT_CHARS: usize = 512;
/// Longest PEM file, in characters.
const PEM_CHARS: usize = 32 * 1024;
/// Longest list.
const LIST_ITEMS: usize = 64;

/// One key of a connector's `config`.
pub(super) struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a key may hold.
pub(super) enum Kind {
    Bool,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// Such a number, or 0 for "off".
    NumberOrZero(u64, u64),
    /// Text of 1 to 512 characters without control characters.
    Text,
    /// Like `Text`, but may be empty.
    Replacement,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Such a word, or true or false.
    BoolOrWord(&'static [&'static str]),
    /// A host name or IP address.
    Host,
    /// `sip:` or `sips:`, host, optional port and `;transport=`.
    SipUri,
    /// A network as address/prefix length, or one address.
    Cidr,
    /// One certificate or more.
    Pem,
    /// The SHA-256 of a certificate: `sha256/` and base64.
    Pin,
    /// A pattern of `numberRules`.
    Pattern,
    /// A list of these.
    List(&'static Kind),
    /// An object with these keys; others are ignored.
    Object(&'static [Key]),
    /// An object from any key to text.
    TextMap,
    /// Anything: a key of old clients.
    Ignored,
}

/// A key whose value cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Path of the key, as in `tls.verify` or `codecs[0]`.
    pub key: String,
    /// What it takes.
    pub expected: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} expected", self.key, self.expected)
    }
}

impl std::error::Error for Invalid {}

/// Checks `config` against the keys `connector` knows.
///
/// Errors: the first key with a wrong type or value. Unknown keys pass.
pub fn check(connector: Connector, config: &Map<String, Value>) -> Result<(), Invalid> {
    walk("", any::KEYS, config)?;
    match connector {
        Connector::Webrtc => walk("", webrtc::KEYS, config),
        Connector::Sip => walk("", sip::KEYS, config),
        Connector::Xmpp => walk("", xmpp::KEYS, config),
        Connector::Conference => walk("", conference::KEYS, config),
        // No network is ever on these.
        Connector::Core | Connector::Browser => Ok(()),
    }
}

fn walk(prefix: &str, keys: &[Key], config: &Map<String, Value>) -> Result<(), Invalid> {
    keys.iter().try_for_each(|key| match config.get(key.name) {
        Some(value) => key.kind.check(&format!("{prefix}{}", key.name), value),
        None => Ok(()),
    })
}

impl Kind {
    fn check(&self, path: &str, value: &Value) -> Result<(), Invalid> {
        match (self, value) {
            (Kind::List(kind), Value::Array(items)) if items.len() <= LIST_ITEMS => {
                items.iter().enumerate().try_for_each(|(i, item)| kind.check(&format!("{path}[{i}]"), item))
            }
            (Kind::Object(keys), Value::Object(map)) => walk(&format!("{path}."), keys, map),
            (Kind::TextMap, Value::Object(map)) => {
                map.iter().try_for_each(|(name, item)| Kind::Text.check(&format!("{path}.{name}"), item))
            }
            _ if self.fits(value) => Ok(()),
            _ => Err(Invalid { key: path.to_owned(), expected: self.expected() }),
        }
    }

    /// Whether a value without inner values is legal.
    fn fits(&self, value: &Value) -> bool {
        match self {
            Kind::Bool => value.is_boolean(),
            Kind::Number(min, max) => value.as_u64().is_some_and(|n| (*min..=*max).contains(&n)),
            Kind::NumberOrZero(min, max) => value.as_u64().is_some_and(|n| n == 0 || (*min..=*max).contains(&n)),
            Kind::Text => value.as_str().is_some_and(is_text),
            Kind::Replacement => value.as_str().is_some_and(|text| text.is_empty() || is_text(text)),
            Kind::Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Kind::BoolOrWord(words) => Kind::Bool.fits(value) || Kind::Word(words).fits(value),
            Kind::Host => value.as_str().is_some_and(is_host),
            Kind::SipUri => value.as_str().is_some_and(is_sip_uri),
            Kind::Cidr => value.as_str().is_some_and(is_cidr),
            Kind::Pem => value.as_str().is_some_and(is_pem),
            Kind::Pin => value.as_str().is_some_and(is_pin),
            Kind::Pattern => value.as_str().is_some_and(|text| is_text(text) && number::is_pattern(text)),
            Kind::Ignored => true,
            Kind::List(_) | Kind::Object(_) | Kind::TextMap => false,
        }
    }

    fn expected(&self) -> String {
        match self {
            Kind::Bool => "true or false".to_owned(),
            Kind::Number(min, max) => format!("a whole number from {min} to {max}"),
            Kind::NumberOrZero(min, max) => format!("0, or a whole number from {min} to {max}"),
            Kind::Text => format!("text of 1 to {TEXT_CHARS} characters without control characters"),
            Kind::Replacement => format!("text of at most {TEXT_CHARS} characters without control characters"),
            Kind::Word(words) => format!("one of {}", words.join(", ")),
            Kind::BoolOrWord(words) => format!("true, false or one of {}", words.join(", ")),
            Kind::Host => "a host name or IP address".to_owned(),
            Kind::SipUri => "a SIP URI (sip:host, optional :port and ;transport=udp|tcp|tls)".to_owned(),
            Kind::Cidr => "an IP network as address/length".to_owned(),
            Kind::Pem => "a PEM certificate".to_owned(),
            Kind::Pin => "sha256/ and the base64 of a certificate's SHA-256".to_owned(),
            Kind::Pattern => "a pattern: * any run, ? any character, \\ before a character for itself".to_owned(),
            Kind::List(_) => format!("a list of at most {LIST_ITEMS}"),
            Kind::Object(_) | Kind::TextMap => "an object".to_owned(),
            Kind::Ignored => "anything".to_owned(),
        }
    }
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= TEXT_CHARS && !text.chars().any(char::is_control)
}

fn is_pem(text: &str) -> bool {
    let certificates = || CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    let is_trusted = |der: &CertificateDer<'_>| rustls::RootCertStore::empty().add(der.clone()).is_ok();
    text.len() <= PEM_CHARS && certificates().is_ok_and(|list| !list.is_empty() && list.iter().all(is_trusted))
}

fn is_pin(text: &str) -> bool {
    let digest = text.strip_prefix("sha256/").and_then(|encoded| STANDARD.decode(encoded).ok());
    digest.is_some_and(|digest| digest.len() == 32)
}

fn is_host(text: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.parse::<IpAddr>().is_ok() || text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}

fn is_cidr(text: &str) -> bool {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    length.is_none_or(|l| l.parse::<u8>().is_ok_and(|l| l <= longest))
}

/// A registrar or proxy: RFC 3261 section 19.1.1 without user, password and headers.
fn is_sip_uri(text: &str) -> bool {
    let Some(rest) = strip_scheme(text) else { return false };
    let mut parts = rest.split(';');
    let host_port = parts.next().unwrap_or_default();
    is_host_port(host_port) && parts.all(is_parameter)
}

fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    (scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")).then_some(rest)
}

fn is_host_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => return host.parse::<std::net::Ipv6Addr>().is_ok(),
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or("none")),
        None => match text.split_once(':') {
            Some(pair) => pair,
            None => return is_host(text),
        },
    };
    is_host(host) && port.parse::<u16>().is_ok_and(|port| port != 0)
}

fn is_parameter(text: &str) -> bool {
    match text.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("transport") => {
            sip::TRANSPORTS.iter().any(|t| t.eq_ignore_ascii_case(value))
        }
        Some((name, value)) => is_token(name) && is_token(value),
        None => is_token(text),
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~[]:/".contains(&b))
}
