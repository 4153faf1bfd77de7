//! The envelope of every frame. Typed, with the body left as raw JSON: the
//! router never opens it (1.4 µs against 4.3 µs for a 2.6 kB message).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Address, Code, Error, To, limits};

/// A frame from a client. `from` and `seq` are not read: the engine stamps both.
#[derive(Debug, Deserialize)]
pub struct Incoming {
    /// `module.action`.
    pub method: String,
    /// The receivers; absent is the core.
    #[serde(default)]
    pub to: To,
    /// The session token the client claims.
    #[serde(default)]
    pub session: Option<String>,
    /// The body, unread.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// The highest `seq` the client has seen.
    #[serde(default)]
    pub ack: Option<u64>,
    /// The client's own mark, returned as `ref` in an error.
    #[serde(default)]
    pub id: Option<Ref>,
}

/// A client's own mark for a request: text or a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Ref {
    /// A number.
    Number(i64),
    /// Text.
    Text(String),
}

impl Incoming {
    /// Reads one text frame.
    ///
    /// Errors: `tooLarge` over `max_bytes`, `tooDeep` over `max_depth` levels of
    /// nesting (checked before any parsing), `malformed` or `invalidField` for the rest.
    pub fn parse(frame: &str, max_bytes: usize, max_depth: usize) -> Result<Incoming, Error> {
        if frame.len() > max_bytes {
            return Err(Error::new(Code::TooLarge, format!("a frame of at most {max_bytes} bytes expected")));
        }
        if limits::depth(frame) > max_depth {
            return Err(Error::new(Code::TooDeep, format!("at most {max_depth} levels of nesting expected")));
        }
        crate::error::read(frame)
    }
}

/// A frame to a client.
#[derive(Debug, Serialize)]
pub struct Outgoing<'a, B: Serialize> {
    /// `module.action`.
    pub method: &'a str,
    /// The sender.
    pub from: Address,
    /// The client.
    pub to: Address,
    /// Always the empty string: a token never travels towards a client.
    pub session: &'a str,
    /// The body.
    pub body: &'a B,
    /// Number of this frame among all the engine sent this client, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}
