//! Newtype ids. All are unguessable (UUID v4); none is ever reused.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::limits;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                deserializer.deserialize_str(UuidVisitor).map($name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A session: the scope of one user's sockets, accounts and calls. Internal; the wire carries its token.
    SessionId
);
uuid_id!(
    /// An account: credentials on a network, bound to a session.
    AccountId
);
uuid_id!(
    /// A device of a session: one browser socket and whichever socket resumes it.
    ClientId
);
uuid_id!(
    /// One dialog leg. Caller and callee never have the same.
    CallId
);

uuid_id!(
    /// A member of a room.
    ParticipantId
);

/// Reads the one form of a UUID that goes back to the client as it came: 36
/// characters with hyphens (RFC 9562 section 4).
pub(crate) fn parse_uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

struct UuidVisitor;

impl serde::de::Visitor<'_> for UuidVisitor {
    type Value = Uuid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a UUID of 36 characters")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Uuid, E> {
        parse_uuid(text).ok_or_else(|| E::custom("a UUID of 36 characters expected"))
    }
}

/// The id of a call end to end, kept across every connector.
///
/// 1 to 64 characters of `A-Z a-z 0-9 . _ -`: it travels in SIP headers, Jingle
/// attributes and log lines, so nothing else is let in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Gcid(#[schemars(length(min = 1, max = limits::GCID_CHARS), regex(pattern = "^[A-Za-z0-9._-]+$"))] String);

impl Gcid {
    /// Checks `text` against the rule above.
    pub fn parse(text: &str) -> Option<Gcid> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        (!text.is_empty() && text.len() <= limits::GCID_CHARS && text.bytes().all(legal)).then(|| Gcid(text.to_owned()))
    }

    /// The id as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for Gcid {
    fn from(id: Uuid) -> Gcid {
        Gcid(id.to_string())
    }
}

impl fmt::Display for Gcid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Gcid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Gcid, D::Error> {
        let text = String::deserialize(deserializer)?;
        Gcid::parse(&text).ok_or_else(|| serde::de::Error::custom("1 to 64 characters of A-Z a-z 0-9 . _ - expected"))
    }
}
