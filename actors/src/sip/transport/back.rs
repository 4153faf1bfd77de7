//! Responses whose connection is gone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use actix::Context;
use sip::message::{Host, Incoming, Message, SipUri, Uri, Via, parse_datagram};
use sip::transaction::Id;
use sip::transport::Hop;
use uuid::Uuid;

use super::journey::{Errand, Journey};
use super::message::Route;
use super::resolve::Target;
use super::transport::SipTransport;
use crate::config::Tls;

impl SipTransport {
    /// What `id` wants sent cannot go by `hop`. A response goes over another connection, to where the request came from,
    /// at the port that its Via names (RFC 3261 section 18.2.2): nobody can have it sent to somebody else.
    pub(super) fn not_sent(&mut self, id: Id, hop: Hop, bytes: Arc<[u8]>, ctx: &mut Context<SipTransport>) {
        let is_gone = hop.protocol.is_reliable() && !self.ways.leads(&hop);
        match (&id, via(&bytes).filter(|_| is_gone)) {
            (Id::Server(_), Some(via)) => self.send_back(id, &via, hop, bytes, ctx),
            (Id::Server(_) | Id::Client(_), _) => self.endpoint.transport_failed(Instant::now(), &id),
        }
    }

    fn send_back(&mut self, id: Id, via: &Via, hop: Hop, bytes: Arc<[u8]>, ctx: &mut Context<SipTransport>) {
        let port = via.port.unwrap_or(hop.protocol.default_port());
        let address = SocketAddr::new(hop.address.ip(), port);
        let target = Target { protocol: hop.protocol, address, name: via.host.as_str().to_owned() };
        let (targets, cause) = self.permitted(vec![target]);
        let next = Uri::Sip(SipUri::new(None, Host::from(address.ip()), Some(port)));
        let tls = Arc::new(Tls { verify: true, ca: None, pin: None });
        let route = Arc::new(Route { next, protocol: Some(hop.protocol), tls, over: None, account: Uuid::nil() });
        self.go(Journey { errand: Errand::Response(id, bytes), route, targets: targets.into(), cause }, ctx);
    }
}

fn via(response: &[u8]) -> Option<Via> {
    match parse_datagram(response) {
        Ok(Incoming::Message(message)) => match *message {
            Message::Response(response) => response.headers.via().ok(),
            Message::Request(_) => None,
        },
        Ok(Incoming::Ping | Incoming::Pong) | Err(_) => None,
    }
}
