//! Keys of `sip-connector`: phones and trunks.

use super::key::{Key, Kind};

/// Transports a SIP URI may name.
pub(super) const TRANSPORTS: &[&str] = &["udp", "tcp", "tls"];

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
    Key { name: "codecs", kind: Kind::List(&Kind::Text) },
    Key { name: "dtmf", kind: Kind::Word(&["auto", "rfc4733", "info"]) },
    Key { name: "srtp", kind: Kind::Word(&["off", "optional", "sdes", "dtls"]) },
    // RFC 4028 section 5: 90 s is the least; 0 turns session timers off.
    Key { name: "sessionExpires", kind: Kind::Number(0, 86_400) },
    Key { name: "prack", kind: Kind::Bool },
    Key { name: "keepAlive", kind: Kind::Number(0, 3600) },
    Key { name: "tls", kind: TLS },
    Key { name: "numberRules", kind: Kind::List(&Kind::Object(NUMBER_RULE)) },
    Key { name: "ringTimeout", kind: Kind::Number(1, 600) },
];

/// How a TLS peer is verified.
pub(super) const TLS: Kind = Kind::Object(&[
    Key { name: "verify", kind: Kind::Bool },
    Key { name: "ca", kind: Kind::Pem },
    Key { name: "pin", kind: Kind::Text },
]);

const NUMBER_RULE: &[Key] =
    &[Key { name: "match", kind: Kind::Text }, Key { name: "replace", kind: Kind::Replacement }];
