//! Keys of `sip-connector`: phones and trunks.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use media::bridge::Srtp;
use serde_json::{Map, Value};
use sip::message::{Host, SipUri, Uri};
use sip::transport::Protocol;

use super::key::{Key, Kind};
use super::number::{self, NumberRule};

/// Transports a SIP URI may name.
pub(super) const TRANSPORTS: &[&str] = &["udp", "tcp", "tls"];

/// Encoding names (RFC 4855) the media plane carries.
const CODECS: &[&str] = &["opus", "G722", "PCMA", "PCMU", "VP8", "H264"];
/// The codecs of a phone where the config does not say, the best first.
const DEFAULT_CODECS: &[&str] = &["opus", "G722", "PCMA", "PCMU"];
/// How long a binding is asked for, in seconds.
const EXPIRES_S: u32 = 600;
/// Interval of a session timer, in seconds (RFC 4028 section 4).
const SESSION_EXPIRES_S: u32 = 1800;
/// Least interval of a session timer, in seconds (RFC 4028 section 5).
const LEAST_SESSION_EXPIRES_S: u32 = 90;
/// How often an idle flow is kept alive: below the UDP timers of common NATs.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// How long a call rings.
const RING_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) const KEYS: &[Key] = &[
    Key { name: "registrar", kind: Kind::SipUri },
    Key { name: "proxy", kind: Kind::SipUri },
    Key { name: "domain", kind: Kind::Host },
    Key { name: "register", kind: Kind::Bool },
    Key { name: "expires", kind: Kind::Number(60, 86_400) },
    Key { name: "authUser", kind: Kind::Text },
    Key { name: "realm", kind: Kind::Text },
    Key { name: "displayName", kind: Kind::Text },
    Key { name: "transport", kind: Kind::Word(TRANSPORTS) },
    Key { name: "trusted", kind: Kind::List(&Kind::Cidr) },
    Key { name: "trustIdentity", kind: Kind::Bool },
    Key { name: "codecs", kind: Kind::List(&Kind::Word(CODECS)) },
    Key { name: "dtmf", kind: Kind::Word(&["auto", "rfc4733", "info"]) },
    Key { name: "srtp", kind: Kind::Word(&["off", "optional", "sdes", "dtls"]) },
    Key { name: "ice", kind: Kind::Bool },
    Key { name: "sessionExpires", kind: Kind::NumberOrZero(LEAST_SESSION_EXPIRES_S as u64, 86_400) },
    Key { name: "prack", kind: Kind::Bool },
    Key { name: "keepAlive", kind: Kind::NumberOrZero(5, 3600) },
    Key { name: "tls", kind: TLS },
    Key { name: "numberRules", kind: Kind::List(&Kind::Object(NUMBER_RULE)) },
    Key { name: "ringTimeout", kind: Kind::Number(1, 600) },
];

/// How a TLS peer is verified.
pub(super) const TLS: Kind = Kind::Object(&[
    Key { name: "verify", kind: Kind::Bool },
    Key { name: "ca", kind: Kind::Pem },
    Key { name: "pin", kind: Kind::Pin },
]);

const NUMBER_RULE: &[Key] =
    &[Key { name: "match", kind: Kind::Pattern }, Key { name: "replace", kind: Kind::Replacement }];

/// How key presses go to the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtmf {
    /// RFC 4733 where it was negotiated, else INFO.
    Auto,
    /// RFC 4733 or not at all.
    Rfc4733,
    /// INFO.
    Info,
}

/// How a TLS peer is verified.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tls {
    /// Whether certificate and name are.
    pub verify: bool,
    /// PEM of the authorities that count; `None`: those of the machine.
    pub ca: Option<String>,
    /// SHA-256 of the peer's certificate, as `sha256/` and base64: this one or none.
    pub pin: Option<String>,
}

/// The keys of `sip-connector`, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Sip {
    /// Where to register; `None`: the domain.
    pub registrar: Option<SipUri>,
    /// Outbound proxy: everything goes there first.
    pub proxy: Option<SipUri>,
    /// Completes bare numbers; `None`: the identifier's.
    pub domain: Option<Host>,
    /// Whether the account registers; `false` is trunk or peer mode.
    pub register: bool,
    /// How long a binding is asked for, in seconds.
    pub expires_s: u32,
    /// Who answers challenges; `None`: the identifier's user.
    pub auth_user: Option<String>,
    /// The only realm that is answered; `None`: whichever the next hop has.
    pub realm: Option<String>,
    /// Shown to the called side.
    pub display_name: Option<String>,
    /// What carries requests where no URI says.
    pub transport: Option<Protocol>,
    /// Who may call in without a registration.
    pub trusted: Vec<IpNet>,
    /// Whether P-Asserted-Identity is believed and sent.
    pub trust_identity: bool,
    /// In order.
    pub codecs: Vec<String>,
    /// How key presses go.
    pub dtmf: Dtmf,
    /// How media is protected.
    pub srtp: Srtp,
    /// Whether phones are offered ICE.
    pub ice: bool,
    /// Interval of the session timer in seconds; `None`: no timer is asked for.
    pub session_expires_s: Option<u32>,
    /// Whether provisional responses are sent reliably where the caller can (RFC 3262).
    pub prack: bool,
    /// How often an idle flow is kept alive; `None`: never.
    pub keep_alive: Option<Duration>,
    /// How a TLS peer is verified.
    pub tls: Tls,
    /// Rewrite what is dialled; the first that fits.
    pub number_rules: Vec<NumberRule>,
    /// How long a call rings.
    pub ring_timeout: Duration,
}

impl From<&Map<String, Value>> for Sip {
    fn from(config: &Map<String, Value>) -> Sip {
        let text = |key: &str| config.get(key).and_then(Value::as_str).map(str::to_owned);
        let flag = |key: &str, default| config.get(key).and_then(Value::as_bool).unwrap_or(default);
        let number = |key: &str| config.get(key).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let uri = |key: &str| text(key).as_deref().and_then(read_uri);
        let seconds = |n: u32| Duration::from_secs(n.into());
        Sip {
            registrar: uri("registrar"),
            proxy: uri("proxy"),
            domain: text("domain").as_deref().and_then(read_host),
            register: flag("register", true),
            expires_s: number("expires").unwrap_or(EXPIRES_S),
            auth_user: text("authUser"),
            realm: text("realm"),
            display_name: text("displayName"),
            transport: text("transport").as_deref().and_then(read_protocol),
            trusted: items(config, "trusted").filter_map(read_cidr).collect(),
            trust_identity: flag("trustIdentity", false),
            codecs: codecs(config),
            dtmf: match text("dtmf").as_deref() {
                Some("rfc4733") => Dtmf::Rfc4733,
                Some("info") => Dtmf::Info,
                Some(_) | None => Dtmf::Auto,
            },
            srtp: match text("srtp").as_deref() {
                Some("optional") => Srtp::Optional,
                Some("sdes") => Srtp::Sdes,
                Some("dtls") => Srtp::Dtls,
                Some(_) | None => Srtp::Off,
            },
            session_expires_s: Some(number("sessionExpires").unwrap_or(SESSION_EXPIRES_S)).filter(|s| *s > 0),
            prack: flag("prack", false),
            ice: flag("ice", false),
            keep_alive: Some(number("keepAlive").map_or(KEEP_ALIVE, seconds)).filter(|wait| !wait.is_zero()),
            tls: Tls::from(config.get("tls")),
            number_rules: number::rules(config.get("numberRules")),
            ring_timeout: number("ringTimeout").map_or(RING_TIMEOUT, seconds),
        }
    }
}

impl From<Option<&Value>> for Tls {
    fn from(tls: Option<&Value>) -> Tls {
        let text = |key: &str| tls?.get(key)?.as_str().map(str::to_owned);
        let verify = tls.and_then(|tls| tls.get("verify")).and_then(Value::as_bool).unwrap_or(true);
        Tls { verify, ca: text("ca"), pin: text("pin") }
    }
}

fn items<'a>(config: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a str> {
    config.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn codecs(config: &Map<String, Value>) -> Vec<String> {
    let named: Vec<_> = items(config, "codecs").map(str::to_owned).collect();
    if named.is_empty() { DEFAULT_CODECS.iter().map(|name| (*name).to_owned()).collect() } else { named }
}

fn read_uri(text: &str) -> Option<SipUri> {
    match Uri::parse(text)? {
        Uri::Sip(uri) => Some(uri),
        Uri::Tel(_) | Uri::Other(_) => None,
    }
}

/// IPv6 addresses may stand there without brackets.
fn read_host(text: &str) -> Option<Host> {
    text.parse::<IpAddr>().ok().map(Host::from).or_else(|| Host::parse(text))
}

fn read_protocol(text: &str) -> Option<Protocol> {
    [Protocol::Udp, Protocol::Tcp, Protocol::Tls].into_iter().find(|p| p.as_str().eq_ignore_ascii_case(text))
}

fn read_cidr(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
