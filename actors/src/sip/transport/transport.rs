//! [`SipTransport`]: owns every SIP socket and the transactions. The shell of `sip::endpoint`.
//!
//! One for the engine. Addressed by upstreams and calls that send, told of what comes by its sockets; tells the
//! connector and the owners of requests. When it dies it is rebuilt over the same sockets: transactions are lost, ports
//! are not.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use actix::{Actor, Addr, AsyncContext as _, Context, Handler, Recipient, ResponseFuture, SpawnHandle};
use ipnet::IpNet;
use rustls::ServerConfig;
use sip::admission::Capabilities;
use sip::dialog::DialogId;
use sip::endpoint::{Endpoint, Event, Output};
use sip::transaction::Room;
use sip::transport::Protocol;

use super::destinations::Destinations;
use super::flood::Flood;
use super::journey::Errand;
use super::message::{
    Cancel, Cause, Dismiss, FromNetwork, Local, LocalAddress, Respond, Send, SendAck, Unwatch, Watch,
};
use super::pending::Pending;
use super::receive::Known;
use super::resolve::{Finder, Resolver};
use super::sockets::{Listen, Sockets};
use super::tls::Trust;
use super::watch::Watches;
use super::ways::Ways;
use super::{Limits, trace};
use crate::counters::Counters;
use crate::limits::LANE_MAILBOX;

/// What a transport is made of.
#[derive(Clone)]
pub struct Setup {
    /// Where it listens; empty: it is reached over the sockets it sends from.
    pub listen: Vec<Listen>,
    /// The certificate of its TLS listeners.
    pub tls: Option<Arc<ServerConfig>>,
    /// What others see in place of a private address of ours.
    pub announce: Option<IpAddr>,
    /// Where requests may be sent; empty: everywhere but to loopback and link-local addresses.
    pub destinations: Vec<IpNet>,
    /// What requests may ask of us.
    pub capabilities: Capabilities,
    /// See [`Limits`].
    pub limits: Limits,
    /// Asks DNS.
    pub resolver: Arc<dyn Resolver>,
    /// What is counted.
    pub counters: Counters,
    /// Who gets requests.
    pub network: Recipient<FromNetwork>,
    /// Whether a dialog is one of ours: its requests are heard while strangers flood.
    pub knows: Arc<dyn Fn(&DialogId) -> bool + std::marker::Send + Sync>,
    /// Told when the transport was rebuilt after a panic.
    pub rebuilt: Arc<dyn Fn(Addr<SipTransport>) + std::marker::Send + Sync>,
}

/// See the module.
pub struct SipTransport {
    pub(super) setup: Arc<Setup>,
    pub(super) sockets: Arc<Sockets>,
    pub(super) endpoint: Endpoint,
    pub(super) ways: Ways,
    pub(super) pending: Pending,
    pub(super) watches: Watches,
    pub(super) finder: Finder,
    pub(super) trust: Trust,
    pub(super) destinations: Destinations,
    /// Hops that failed, and until when they come last.
    pub(super) dead: HashMap<(Protocol, SocketAddr), Instant>,
    /// By [`network`](sip::transport::network).
    pub(super) strangers: Flood<IpAddr>,
    pub(super) known: Flood<Known>,
    pub(super) malformed: Flood<IpAddr>,
    wake: Option<(Instant, SpawnHandle)>,
    random: u64,
    _guard: Guard,
}

impl SipTransport {
    /// Binds the listeners and starts the actor on the calling thread's arbiter. Gives what was bound.
    ///
    /// Errors: an address cannot be bound, or there is a TLS listener without a certificate; the text names it.
    pub fn open(setup: Setup) -> io::Result<(Addr<SipTransport>, Vec<Listen>)> {
        if let (None, Some(listen)) = (&setup.tls, setup.listen.iter().find(|own| own.protocol == Protocol::Tls)) {
            return Err(io::Error::other(format!("tls:{}: a certificate expected", listen.address)));
        }
        let sockets = Sockets::bind(&setup.listen)?;
        let bound = sockets.bound()?;
        Ok((SipTransport::over(Arc::new(setup), Arc::new(sockets)).start(), bound))
    }

    fn over(setup: Arc<Setup>, sockets: Arc<Sockets>) -> SipTransport {
        let limits = &setup.limits;
        let listening = sockets.bound().unwrap_or_default();
        SipTransport {
            endpoint: Endpoint::new(setup.capabilities.clone(), Room::shared(limits.transactions)),
            ways: Ways { listening, announce: setup.announce, ..Ways::default() },
            pending: Pending::default(),
            watches: Watches::default(),
            finder: Finder::new(setup.resolver.clone()),
            trust: Trust::default(),
            destinations: Destinations::new(&setup.destinations, &setup.listen),
            dead: HashMap::new(),
            strangers: Flood::new(limits.requests_per_s, limits.requests_burst),
            known: Flood::new(limits.known_per_s, limits.known_burst),
            malformed: Flood::new(limits.malformed_per_s, limits.malformed_per_s),
            wake: None,
            random: uuid::Uuid::new_v4().as_u64_pair().0 | 1,
            _guard: Guard { setup: setup.clone(), sockets: sockets.clone() },
            setup,
            sockets,
        }
    }

    /// A number nobody relies on.
    pub(super) fn chance(&mut self) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random >> 16
    }

    /// Does what the endpoint wants, and sees to its next wake-up.
    pub(super) fn drain(&mut self, ctx: &mut Context<SipTransport>) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Output::Send { id, hop, bytes } => {
                    log::trace!(to:% = hop.address; "sent\n{}", trace::without_secrets(&bytes));
                    self.setup.counters.sip_sent.inc();
                    if let Err(error) = self.ways.send(Instant::now(), &hop, bytes.clone()) {
                        self.setup.counters.sip_failures.inc();
                        log::debug!(to:% = hop.address; "SIP message not sent: {error}");
                        id.into_iter().for_each(|id| self.not_sent(id, hop, bytes.clone(), ctx));
                    }
                }
                Output::Event(event) => self.on_event(event, ctx),
            }
        }
        let next = self.endpoint.next_wake();
        let Some(at) = next.filter(|at| self.wake.is_none_or(|(own, _)| *at < own)) else { return };
        if let Some((_, handle)) = self.wake.take() {
            ctx.cancel_future(handle);
        }
        let wait = at.saturating_duration_since(Instant::now());
        let handle = ctx.run_later(wait, |transport, ctx| {
            transport.wake = None;
            transport.endpoint.wake(Instant::now());
            transport.drain(ctx);
        });
        self.wake = Some((at, handle));
    }

    fn on_event(&mut self, event: Event, ctx: &mut Context<SipTransport>) {
        match event {
            Event::Request { key, request, source } => {
                let local = self.ways.local(&source).unwrap_or_else(|_| SocketAddr::new(source.address.ip(), 0));
                self.tell(FromNetwork::Request { key, request, source, local });
            }
            Event::Cancel { key, request, invite } => self.tell(FromNetwork::Cancel { key, request, invite }),
            Event::Ack(request) => self.tell(FromNetwork::Ack(request)),
            Event::ResponseLost(key) => self.tell(FromNetwork::ResponseLost(key)),
            Event::Response { key, response } => self.on_response(&key, response, ctx),
            Event::NoResponse { key, status } => self.on_no_response(&key, status, ctx),
        }
    }

    /// A connector that cannot keep up refuses calls, but hears of all that ends one.
    fn tell(&mut self, told: FromNetwork) {
        if let Some(Dismiss { key, response }) = told.hand_to(&self.setup.network) {
            self.setup.counters.sip_dropped.inc();
            self.endpoint.dismiss(Instant::now(), &key, &response);
        }
    }

    /// Sets the gauges.
    pub(super) fn count(&self) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.setup.counters.sip_connections.set(number(self.ways.connections.len()));
        self.setup.counters.sip_transactions.set(number(self.endpoint.transactions()));
    }
}

impl Actor for SipTransport {
    type Context = Context<SipTransport>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
        let sockets = self.sockets.clone();
        for socket in &sockets.udp {
            match socket.try_clone() {
                Ok(socket) => drop(self.read_socket(socket, ctx)),
                Err(error) => log::error!("SIP socket: {error}"),
            }
        }
        for (protocol, listener) in &sockets.streams {
            match listener.try_clone() {
                Ok(listener) => self.accept_from(*protocol, listener, ctx),
                Err(error) => log::error!("SIP listener: {error}"),
            }
        }
        ctx.run_interval(self.setup.limits.tick(), |transport, ctx| transport.tick(ctx));
    }
}

/// Dropped with the actor, a panic included: puts a new one in its place.
struct Guard {
    setup: Arc<Setup>,
    sockets: Arc<Sockets>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(arbiter) = actix::Arbiter::try_current().filter(|_| std::thread::panicking()) else { return };
        let (setup, sockets) = (self.setup.clone(), self.sockets.clone());
        // Queued: on a thread that is ending it never runs.
        arbiter.spawn_fn(move || {
            log::error!("SIP transport rebuilt");
            setup.counters.actors_rebuilt.inc();
            let transport = SipTransport::over(setup.clone(), sockets).start();
            (setup.rebuilt)(transport);
        });
    }
}

impl Handler<Send> for SipTransport {
    type Result = ();

    fn handle(&mut self, send: Send, ctx: &mut Self::Context) {
        self.begin(send, ctx);
    }
}

impl Handler<SendAck> for SipTransport {
    type Result = ();

    fn handle(&mut self, SendAck { request, route }: SendAck, ctx: &mut Self::Context) {
        self.set_out(Errand::Ack(request), route, ctx);
    }
}

impl Handler<Cancel> for SipTransport {
    type Result = ();

    fn handle(&mut self, Cancel { owner, reference }: Cancel, ctx: &mut Self::Context) {
        self.cancel((owner, reference), ctx);
    }
}

impl Handler<Respond> for SipTransport {
    type Result = ();

    fn handle(&mut self, Respond { key, response }: Respond, ctx: &mut Self::Context) {
        self.endpoint.respond(Instant::now(), &key, &response);
        self.drain(ctx);
    }
}

impl Handler<Dismiss> for SipTransport {
    type Result = ();

    fn handle(&mut self, Dismiss { key, response }: Dismiss, ctx: &mut Self::Context) {
        self.endpoint.dismiss(Instant::now(), &key, &response);
        self.drain(ctx);
    }
}

impl Handler<Watch> for SipTransport {
    type Result = ();

    fn handle(&mut self, watch: Watch, _: &mut Self::Context) {
        self.watch(watch);
    }
}

impl Handler<Unwatch> for SipTransport {
    type Result = ();

    fn handle(&mut self, Unwatch { owner, reference }: Unwatch, _: &mut Self::Context) {
        self.watches.end(&(owner, reference));
    }
}

impl Handler<LocalAddress> for SipTransport {
    type Result = ResponseFuture<Result<Local, Cause>>;

    fn handle(&mut self, LocalAddress(route): LocalAddress, ctx: &mut Self::Context) -> Self::Result {
        let (reply, told) = tokio::sync::oneshot::channel();
        self.set_out(Errand::Local(reply), route, ctx);
        Box::pin(async { told.await.unwrap_or(Err(Cause::Restarted)) })
    }
}

/// Panics.
#[cfg(test)]
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Panic;

#[cfg(test)]
impl Handler<Panic> for SipTransport {
    type Result = ();

    fn handle(&mut self, _: Panic, _: &mut Self::Context) {
        panic!("a test asked for a panic in the transport");
    }
}
