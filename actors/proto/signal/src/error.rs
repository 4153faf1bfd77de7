//! `core.error`: what a client is told when the engine cannot do as asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Ref;
pub use crate::read::read;

/// The public error codes (protocol section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// Not JSON, or not an envelope.
    Malformed,
    /// Over a byte limit.
    TooLarge,
    /// Nested too deeply.
    TooDeep,
    /// Over a rate limit.
    RateLimited,
    /// Sent before `session.open`.
    NotOpen,
    /// No such method.
    UnknownMethod,
    /// No such address in this session.
    UnknownAddress,
    /// No such call in this session.
    UnknownCall,
    /// Legal message, wrong moment.
    WrongState,
    /// A field is missing, of the wrong type or out of range.
    InvalidField,
    /// The network cannot do this.
    NotSupported,
    /// Not allowed for this session.
    Forbidden,
    /// A limit on calls, devices, candidates and so on.
    LimitExceeded,
    /// A fault of the engine's own.
    InternalError,
}

/// The body of `core.error`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{code:?}: {message}")]
pub struct Error {
    /// What kind of error.
    pub code: Code,
    /// Names the field and what was expected. Never carries a value of the request's.
    pub message: String,
    /// The request's `id`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<Ref>,
    /// The request's `method`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<String>,
}

impl Error {
    /// An error not yet tied to a request.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error { code, message: message.into(), reference: None, method: None }
    }

    /// `invalidField`: `field` is not `expected`.
    pub fn field(field: &str, expected: &str) -> Error {
        Error::new(Code::InvalidField, format!("{field}: {expected} expected"))
    }
}
