//! Module `session` (protocol section 3).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{self, Check};
use crate::read::{object, object_or_null};
use crate::{AccountId, Address, ClientId, Error, limits};

/// `session.open`: the first message on a socket.
#[derive(Clone, Deserialize, JsonSchema)]
pub struct Open {
    /// Who the client is.
    #[serde(deserialize_with = "object")]
    pub credentials: Credentials,
    /// Take the place of a lost socket.
    #[serde(default, deserialize_with = "object_or_null")]
    pub resume: Option<Resume>,
}

impl Check for Open {
    fn check(&self) -> Result<(), Error> {
        check::text("credentials.userSession", &self.credentials.user_session, limits::TOKEN_CHARS)
    }
}

/// `session.open`'s `credentials`.
#[derive(Clone, Deserialize, JsonSchema)]
pub struct Credentials {
    /// The session token.
    #[serde(rename = "userSession")]
    #[schemars(length(max = limits::TOKEN_CHARS))]
    pub user_session: String,
}

/// `session.open`'s `resume`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Resume {
    /// The client id of the lost socket.
    pub client: ClientId,
    /// The highest `seq` it had seen.
    #[serde(default)]
    pub ack: u64,
}

/// `session.validated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Validated {
    /// The session is open.
    Ok(Box<Opened>),
    /// It is not; the socket is closed with code 4401.
    Refused {
        /// Always false.
        result: bool,
        /// Why.
        reason: Refusal,
    },
}

/// `session.validated` with `result: true`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opened {
    /// Always true.
    pub result: bool,
    /// The session's accounts.
    pub accounts: BTreeMap<AccountId, Account>,
    /// This device, for a resume.
    pub client: ClientId,
    /// TURN and STUN servers, in the form RTCPeerConnection takes.
    #[serde(rename = "iceServers")]
    pub ice_servers: Vec<IceServer>,
    /// Whether `resume` was granted.
    pub resumed: bool,
    /// After a resume, the highest `seq` of the client's own that arrived: what it sent after is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<u64>,
    /// When the session ends if nobody is connected, in seconds from now.
    pub expires: u64,
}

/// One account in `session.validated`. Its secrets never leave the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// The user on that network.
    pub identifier: String,
    /// The address of the account's B2BUA.
    pub target: Address,
    /// Where the account lives.
    pub network: Network,
}

/// The network of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// The owner's name for it.
    pub tag: String,
    /// The connector's wire name.
    pub connector: String,
    /// What calls on it can do.
    pub capabilities: Vec<String>,
}

/// An ICE server with credentials minted for this session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IceServer {
    /// `stun:` and `turn:` URLs.
    pub urls: Vec<String>,
    /// Expiry time and session, as coturn's REST scheme has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The HMAC over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// Why a session is not open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The machine's word.
    #[serde(rename = "type")]
    pub kind: RefusalKind,
    /// The human's.
    pub message: String,
}

/// The reason types of a refused session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the wire's words; `message` explains each")]
pub enum RefusalKind {
    InvalidToken,
    SessionExpired,
    SessionDeactivated,
    OriginNotAllowed,
    TooManyConnections,
    InternalError,
}

impl std::fmt::Display for RefusalKind {
    /// The wire's word.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

impl RefusalKind {
    /// The sentence a client shows.
    pub const fn message(self) -> &'static str {
        match self {
            RefusalKind::InvalidToken => "Your token is not a valid user session token!",
            RefusalKind::SessionExpired => "The session has expired.",
            RefusalKind::SessionDeactivated => "The session was closed.",
            RefusalKind::OriginNotAllowed => "Pages of this origin may not use the session.",
            RefusalKind::TooManyConnections => "Too many connections are open on the session.",
            RefusalKind::InternalError => "The engine cannot open sessions at the moment.",
        }
    }
}

impl From<RefusalKind> for Validated {
    fn from(kind: RefusalKind) -> Validated {
        Validated::Refused { result: false, reason: Refusal { kind, message: kind.message().to_owned() } }
    }
}

/// `session.iceservers`: fresh credentials, before those of `session.validated` expire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IceServers {
    /// As in `session.validated`, to be used from now on.
    #[serde(rename = "iceServers")]
    pub ice_servers: Vec<IceServer>,
}

/// `session.pong`: the answer to `session.ping`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pong {}

/// `session.expiring`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expiring {
    /// Seconds left.
    #[serde(rename = "in")]
    pub in_s: u64,
}
