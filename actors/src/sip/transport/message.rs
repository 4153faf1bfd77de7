//! What the transport is told, and what it tells.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::{Message as ActixMessage, Recipient};
use sip::message::{Request, Response, Status, Uri};
use sip::transaction::ServerKey;
use sip::transport::{Hop, Protocol};
use uuid::Uuid;

use crate::config::Tls;

/// Which way a request takes.
#[derive(Clone, Debug)]
pub struct Route {
    /// The outbound proxy, else the first Route, else the Request-URI: found by RFC 3263.
    pub next: Uri,
    /// What carries it where neither `next` nor DNS say; `None`: UDP, by TLS for `sips`.
    pub protocol: Option<Protocol>,
    /// Whom TLS trusts.
    pub tls: Arc<Tls>,
    /// The way of an earlier message, taken while its socket or connection is there (RFC 5626).
    pub over: Option<Hop>,
    /// For whom: each has a share of the lookups at a time.
    pub account: Uuid,
}

/// Sends a request. A Via is added; each hop that fails is followed by the next, with a new branch.
/// The owner gets responses, or [`FromTransport::NoResponse`] once.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Send {
    /// Who is told.
    pub owner: Recipient<FromTransport>,
    /// Which of its requests.
    pub reference: u64,
    /// Not an ACK.
    pub request: Box<Request>,
    /// Whereto.
    pub route: Arc<Route>,
}

/// Sends the ACK of a 2xx.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct SendAck {
    /// The ACK.
    pub request: Box<Request>,
    /// Whereto.
    pub route: Arc<Route>,
}

/// Cancels an INVITE sent with the same owner and reference: at once, or after its first provisional response
/// (RFC 3261 section 9.1). One that was not sent yet never is: [`FromTransport::NoResponse`] with 487.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Cancel {
    /// Whose.
    pub owner: Recipient<FromTransport>,
    /// Which.
    pub reference: u64,
}

/// Answers a request.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Respond {
    /// As [`FromNetwork::Request`] said.
    pub key: ServerKey,
    /// The answer.
    pub response: Box<Response>,
}

/// Answers a request and keeps nothing of it: what strangers are told, so that they can neither fill our memory nor
/// have us send anything twice. A copy of the request must get the same answer, tag included
/// ([`stateless_tag`](sip::message::stateless_tag)).
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Dismiss {
    /// As [`FromNetwork::Request`] said.
    pub key: ServerKey,
    /// The answer.
    pub response: Box<Response>,
}

/// Keeps the way to `hop` alive by CRLF (RFC 5626 section 3.5.1) until [`Unwatch`], and tells the owner when it
/// is lost. A second one with the same owner and reference replaces the first.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Watch {
    /// Who is told.
    pub owner: Recipient<FromTransport>,
    /// Which of its flows.
    pub reference: u64,
    /// As [`FromTransport::Response`] said.
    pub hop: Hop,
    /// How often; `None`: only watched.
    pub keep_alive: Option<Duration>,
}

/// Ends a [`Watch`].
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Unwatch {
    /// Whose.
    pub owner: Recipient<FromTransport>,
    /// Which.
    pub reference: u64,
}

/// Where the first hop of a route sees us: for Contact and session descriptions. A connection is made where
/// nobody listens for that protocol.
#[derive(ActixMessage)]
#[rtype(result = "Result<Local, Cause>")]
pub struct LocalAddress(pub Arc<Route>);

/// Our end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Where we can be reached from there; the port is a listener's, else that of the connection.
    pub address: SocketAddr,
    /// The far end, and by what.
    pub hop: Hop,
    /// What the far end's name was resolved to besides.
    pub others: Vec<SocketAddr>,
}

/// What the owner of a request is told.
#[derive(ActixMessage, Debug)]
#[rtype(result = "()")]
pub enum FromTransport {
    /// A response; several to one INVITE.
    Response {
        /// To which request.
        reference: u64,
        /// What.
        response: Box<Response>,
        /// Which way the request took.
        hop: Hop,
    },
    /// There will be none.
    NoResponse {
        /// To which request.
        reference: u64,
        /// As if this had come: 408 or 503 (RFC 3261 section 8.1.3.1), or 487.
        status: Status,
        /// Why.
        cause: Cause,
    },
    /// A watched way is gone.
    FlowLost {
        /// Of which [`Watch`].
        reference: u64,
    },
}

/// Why a request got no response. To be shown: no address, no secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// It was sent, and nothing came.
    #[error("no response in time")]
    Timeout,
    /// It could not be sent.
    #[error("the next hop is unreachable")]
    Unreachable,
    /// The next hop is not whom it should be, or speaks no TLS.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// DNS knows no address of the next hop.
    #[error("the name of the next hop has no address")]
    NoName,
    /// `[sip] destinations` does not name the next hop.
    #[error("this engine does not send SIP to the next hop")]
    Forbidden,
    /// The Route leads nowhere SIP goes: a tel URI or another scheme.
    #[error("the next hop is no sip URI")]
    NotSip,
    /// Too many transactions or connections.
    #[error("too many requests at once")]
    Full,
    /// Cancelled before it was sent.
    #[error("cancelled before it was sent")]
    Cancelled,
    /// The transport failed and was built anew.
    #[error("the transport was restarted")]
    Restarted,
}

/// What the connector is told.
#[derive(ActixMessage, Debug)]
#[rtype(result = "()")]
pub enum FromNetwork {
    /// A request that may be acted on; it must be answered.
    Request {
        /// To answer by.
        key: ServerKey,
        /// What.
        request: Box<Request>,
        /// Whence, by which flow.
        source: Hop,
        /// Where it came to, as the source sees us.
        local: SocketAddr,
    },
    /// A CANCEL of an INVITE that has no final response; both are to be answered.
    Cancel {
        /// To answer by.
        key: ServerKey,
        /// What.
        request: Box<Request>,
        /// The INVITE's.
        invite: ServerKey,
    },
    /// The ACK of a 2xx.
    Ack(Box<Request>),
    /// A final response was not acknowledged, or could not be sent.
    ResponseLost(ServerKey),
}
