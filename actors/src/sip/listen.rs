//! The transport on its own thread, and what of the engine it is told.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use actix::{Actor, Arbiter, Context, Handler};
use ipnet::IpNet;
use rustls::ServerConfig;
use sip::admission::Capabilities;
use sip::message::{MediaType, Method};
use tokio::sync::oneshot;

use super::transport::resolve::System;
use super::transport::{FromNetwork, Limits, Listen, Setup, SipTransport};
use crate::exchange::Exchange;
use crate::limits::LANE_MAILBOX;

/// What others may ask of us.
pub const METHODS: [Method; 10] = [
    Method::Invite,
    Method::Ack,
    Method::Cancel,
    Method::Bye,
    Method::Prack,
    Method::Update,
    Method::Refer,
    Method::Notify,
    Method::Info,
    Method::Options,
];
/// Extensions understood.
pub const EXTENSIONS: [&str; 4] = ["100rel", "timer", "replaces", "norefersub"];
/// Bodies understood.
const BODIES: [&str; 6] = [
    "application/sdp",
    "application/dtmf-relay",
    "application/dtmf",
    "application/media_control+xml",
    "application/simple-message-summary",
    "message/sipfrag",
];

/// Starts the transport of `exchange`. `tls` is the certificate of `tls:` listeners; `announce` is what others see in
/// place of a private address; `destinations` is where requests may be sent, if not everywhere but to loopback and
/// link-local addresses. Gives what was bound.
///
/// Errors: an address cannot be bound, or there is a TLS listener without a certificate; the text names it.
pub async fn listen(
    exchange: &Arc<Exchange>,
    listen: Vec<Listen>,
    tls: Option<Arc<ServerConfig>>,
    announce: Option<IpAddr>,
    destinations: Vec<IpNet>,
) -> io::Result<Vec<Listen>> {
    let (replaced, dispatch) = (exchange.clone(), exchange.sip.dispatch.clone());
    let setup = Setup {
        listen,
        tls,
        announce,
        destinations,
        capabilities: capabilities(),
        limits: Limits::default(),
        resolver: Arc::new(System::new()),
        counters: exchange.counters.clone(),
        knows: Arc::new(move |id| dispatch.of_dialog(id).is_some()),
        network: Bell(exchange.clone()).start().recipient(),
        rebuilt: Arc::new(move |transport| replaced.sip.set_transport(transport)),
    };
    let thread = Arbiter::new();
    let (ready, opened) = oneshot::channel();
    thread.spawn_fn(move || drop(ready.send(SipTransport::open(setup))));
    let opened = opened.await.unwrap_or_else(|_| Err(io::Error::other("the SIP thread ended")));
    match opened {
        Ok((transport, bound)) => {
            exchange.sip.set_transport(transport);
            exchange.sip.set_thread(thread);
            Ok(bound)
        }
        Err(error) => {
            thread.stop();
            Err(error)
        }
    }
}

fn capabilities() -> Capabilities {
    Capabilities {
        methods: METHODS.to_vec(),
        extensions: EXTENSIONS.to_vec(),
        bodies: BODIES.iter().filter_map(|body| MediaType::parse(body)).collect(),
    }
}

/// Hands what the network says to whichever connector lives.
struct Bell(Arc<Exchange>);

impl Actor for Bell {
    type Context = Context<Bell>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
    }
}

impl Handler<FromNetwork> for Bell {
    type Result = ();

    fn handle(&mut self, told: FromNetwork, _: &mut Self::Context) {
        if let Some(refusal) = told.hand_to(&self.0.sip().recipient()) {
            self.0.counters.sip_dropped.inc();
            self.0.sip.send(refusal);
        }
    }
}
