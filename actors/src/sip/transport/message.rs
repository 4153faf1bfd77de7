//! What the transport is told, and what it tells.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::SendError;
use actix::{Message as ActixMessage, Recipient};
use sip::message::{Method, Request, Response, Status, Uri, name, stateless_tag};
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

/// When who is refused for want of room may try again, in seconds.
const RETRY_AFTER_S: u32 = 10;

impl FromNetwork {
    /// Hands it to whom it is for. A request that finds no room there, or nobody, is refused by what is given back; not one
    /// that ends a call, nor anything else that is told.
    pub fn hand_to(self, to: &Recipient<FromNetwork>) -> Option<Dismiss> {
        let (SendError::Full(told) | SendError::Closed(told)) = to.try_send(self).err()?;
        match told {
            FromNetwork::Request { key, request, .. } if *request.method() != Method::Bye => {
                let tag = stateless_tag(&request.headers);
                let mut busy = request.response(Status::SERVICE_UNAVAILABLE, Some(&tag));
                busy.headers.push(name::RETRY_AFTER, RETRY_AFTER_S);
                Some(Dismiss { key, response: Box::new(busy) })
            }
            told @ (FromNetwork::Request { .. }
            | FromNetwork::Cancel { .. }
            | FromNetwork::Ack(_)
            | FromNetwork::ResponseLost(_)) => {
                to.do_send(told);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use actix::{Actor, Context, Handler};
    use sip::transport::Flow;

    use super::*;

    /// Notes what it is asked.
    struct Busy(Rc<RefCell<Vec<Method>>>);

    impl Actor for Busy {
        type Context = Context<Busy>;
    }

    impl Handler<FromNetwork> for Busy {
        type Result = ();
        fn handle(&mut self, told: FromNetwork, _: &mut Self::Context) {
            if let FromNetwork::Request { request, .. } = told {
                self.0.borrow_mut().push(request.method().clone());
            }
        }
    }

    fn asked(method: Method) -> FromNetwork {
        let mut request = Request::new(method, Uri::parse("sip:b@h").unwrap());
        request.headers.push(name::VIA, "SIP/2.0/UDP h;branch=z9hG4bK1");
        let key = ServerKey::of_request(&request).unwrap();
        let address = SocketAddr::from(([192, 0, 2, 1], 5060));
        let source = Hop { protocol: Protocol::Udp, address, flow: Flow(1) };
        FromNetwork::Request { key, request: Box::new(request), source, local: address }
    }

    #[actix::test]
    async fn who_cannot_keep_up_refuses_calls_and_hears_of_their_ends() {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let noted = heard.clone();
        let busy = Busy::create(|ctx| {
            ctx.set_mailbox_capacity(1);
            Busy(noted)
        });
        let busy = busy.recipient();
        let refused = (0..100).find_map(|_| asked(Method::Invite).hand_to(&busy)).expect("a refusal");
        assert_eq!(refused.response.status(), Status::SERVICE_UNAVAILABLE);
        assert!(refused.response.headers.has(&name::RETRY_AFTER));
        assert!(asked(Method::Bye).hand_to(&busy).is_none());
        while !heard.borrow().contains(&Method::Bye) {
            tokio::task::yield_now().await;
        }
    }
}
