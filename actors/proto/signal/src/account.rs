//! Module `account` (protocol section 4).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::{AccountId, Error};

/// `account.connect` and `account.disconnect`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AccountRef {
    /// The account.
    pub id: AccountId,
}

impl Check for AccountRef {
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// `account.state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountState {
    /// The account.
    pub id: AccountId,
    /// Where it stands.
    pub state: State,
    /// Why.
    pub reason: StateReason,
    /// Free text for humans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Seconds until the engine tries again by itself.
    #[serde(rename = "retryIn", skip_serializing_if = "Option::is_none")]
    pub retry_in_s: Option<u64>,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the wire's words")]
pub enum State {
    Connecting,
    Connected,
    Disconnected,
    Failed,
}

impl fmt::Display for State {
    /// The wire's word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for StateReason {
    /// The wire's word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Why an account stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the wire's words")]
pub enum StateReason {
    Ok,
    WrongCredentials,
    Unreachable,
    Timeout,
    Rejected,
    TlsFailed,
    Replaced,
    SessionEnded,
    UnknownAccount,
    InternalError,
}
