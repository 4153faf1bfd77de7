//! Why a call ended: the one table every connector maps to and from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The end reasons on the wire (protocol section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the wire's words; `table` explains each")]
pub enum EndReason {
    Normal,
    Canceled,
    Busy,
    Declined,
    NoAnswer,
    NotFound,
    Unavailable,
    AnsweredElsewhere,
    Replaced,
    Transferred,
    MediaFailed,
    NotAcceptable,
    Forbidden,
    LimitExceeded,
    Timeout,
    ConnectionLost,
    InternalError,
}
