//! Keys of `xmpp-connector`: Jingle.

use super::key::{Key, Kind};
use super::sip::TLS;

pub(super) const KEYS: &[Key] = &[
    Key { name: "host", kind: Kind::Host },
    Key { name: "port", kind: Kind::Number(1, 65_535) },
    Key { name: "directTls", kind: Kind::Bool },
    Key { name: "allowPlain", kind: Kind::Bool },
    Key { name: "tls", kind: TLS },
    Key { name: "resource", kind: Kind::Text },
    Key { name: "route", kind: Kind::Text },
];
