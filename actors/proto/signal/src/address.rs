//! Addresses: `connector:id`. The part before the colon picks the connector,
//! the part after it one actor.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::check::{self, Check};
use crate::ids::parse_uuid;
use crate::{Error, limits};

/// Who answers for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Connector {
    /// The engine itself (`core`, or an empty `to`).
    Core,
    /// A browser's socket.
    Browser,
    /// Browser to browser, and the echo account.
    Webrtc,
    /// SIP phones and trunks.
    Sip,
    /// XMPP clients (Jingle).
    Xmpp,
    /// Rooms of many.
    Conference,
}

impl Connector {
    /// Every connector, in wire order.
    pub const ALL: [Connector; 6] = [
        Connector::Core,
        Connector::Browser,
        Connector::Webrtc,
        Connector::Sip,
        Connector::Xmpp,
        Connector::Conference,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Connector::Core => "core",
            Connector::Browser => "browser",
            Connector::Webrtc => "webrtc",
            Connector::Sip => "sip-connector",
            Connector::Xmpp => "xmpp-connector",
            Connector::Conference => "conference",
        }
    }

    /// The connector of that name; the original's `sipwise-connector` is `sip-connector`.
    pub fn parse(name: &str) -> Option<Connector> {
        match name {
            "sipwise-connector" => Some(Connector::Sip),
            _ => Connector::ALL.into_iter().find(|c| c.name() == name),
        }
    }
}

/// One actor, or the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// Who answers for it.
    pub connector: Connector,
    /// Which actor; nil for the core.
    pub id: Uuid,
}

impl Address {
    /// The engine itself.
    pub const CORE: Address = Address { connector: Connector::Core, id: Uuid::nil() };

    /// The address of actor `id` behind `connector`.
    pub const fn new(connector: Connector, id: Uuid) -> Address {
        Address { connector, id }
    }

    /// Reads `connector:uuid`, `core` or the empty string (the core).
    pub fn parse(text: &str) -> Option<Address> {
        if text.is_empty() || text == "core" {
            return Some(Address::CORE);
        }
        let (name, id) = text.split_once(':')?;
        let connector = Connector::parse(name).filter(|c| *c != Connector::Core)?;
        parse_uuid(id).map(|id| Address { connector, id })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.connector {
            Connector::Core => f.write_str("core"),
            connector => write!(f, "{}:{}", connector.name(), self.id),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Address::parse(&text).ok_or_else(|| serde::de::Error::custom("an address connector:uuid expected"))
    }
}

impl JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 64 })
    }
}

/// The envelope's `to`: one address, or several (a fork). Kept as text: an
/// address nobody answers for is the router's finding, not a parse error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum To {
    /// One receiver; the empty string is the core.
    One(String),
    /// A fork.
    Many(#[schemars(length(min = 1, max = limits::FORK_TARGETS))] Vec<String>),
}

impl Default for To {
    fn default() -> To {
        To::One(String::new())
    }
}

impl To {
    /// The addresses in wire order.
    pub fn addresses(&self) -> &[String] {
        match self {
            To::One(one) => std::slice::from_ref(one),
            To::Many(many) => many,
        }
    }
}

impl Check for To {
    fn check(&self) -> Result<(), Error> {
        if self.addresses().is_empty() {
            return Err(Error::field("to", "at least one address"));
        }
        check::count("to", self.addresses().len(), limits::FORK_TARGETS)
    }
}

impl<'de> Deserialize<'de> for To {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<To, D::Error> {
        deserializer.deserialize_any(ToVisitor)
    }
}

struct ToVisitor;

impl<'de> Visitor<'de> for ToVisitor {
    type Value = To;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address or an array of addresses")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<To, E> {
        Ok(To::default())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<To, E> {
        Ok(To::One(text.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<To, E> {
        Ok(To::One(text))
    }

    /// Keeps one address too many at most: enough for [`Check`] to refuse the list.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<To, A::Error> {
        let mut many = Vec::new();
        while many.len() <= limits::FORK_TARGETS {
            match list.next_element()? {
                Some(address) => many.push(address),
                None => return Ok(To::Many(many)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(To::Many(many))
    }
}
