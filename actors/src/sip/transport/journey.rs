//! [`Journey`]: from a route to a hop that can be sent to. By DNS, and by connections that are made where there are none.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use actix::{ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _};
use sip::message::{Request, Uri};
use sip::transaction::Id;
use sip::transport::{DATAGRAM_BYTES, Hop, Protocol};
use tokio::sync::oneshot;

use super::message::{Cause, Local, Route};
use super::resolve::Target;
use super::transport::SipTransport;
use super::ways::{Key, Slot};
use super::{stream, udp};

/// What a Via of ours and rport add to a request, in bytes.
const VIA_BYTES: usize = 160;

/// What is to be done at the hop.
pub(super) enum Errand {
    /// Send the pending request of that number.
    Request(u64),
    /// Send an ACK.
    Ack(Box<Request>),
    /// Send a response of that transaction.
    Response(Id, Arc<[u8]>),
    /// Tell where we are seen.
    Local(oneshot::Sender<Result<Local, Cause>>),
}

/// See the module.
pub(super) struct Journey {
    pub errand: Errand,
    pub route: Arc<Route>,
    pub targets: VecDeque<Target>,
    /// Why the last target could not be reached.
    pub cause: Cause,
}

impl SipTransport {
    /// Finds the hops of a route, then goes.
    pub(super) fn set_out(&mut self, errand: Errand, route: Arc<Route>, ctx: &mut Context<SipTransport>) {
        let journey = Journey { errand, route, targets: VecDeque::new(), cause: Cause::Unreachable };
        let over = journey.route.over.filter(|hop| self.ways.leads(hop) && self.destinations.permit(hop.address.ip()));
        if let Some(hop) = over {
            return self.arrive(journey, hop, ctx);
        }
        let Uri::Sip(next) = journey.route.next.clone() else {
            return self.give_up(Journey { cause: Cause::NotSip, ..journey }, ctx);
        };
        let (finder, protocol, seed) = (self.finder.clone(), journey.route.protocol, self.chance());
        let account = journey.route.account;
        let found = async move { finder.of(account).find(&next, protocol, seed).await };
        ctx.spawn(found.into_actor(self).map(move |found, transport, ctx| {
            let (found, cause) = transport.permitted(found.unwrap_or_default());
            let targets = transport.in_order(&journey, found);
            transport.go(Journey { targets, cause, ..journey }, ctx);
        }));
    }

    /// Those of `found` that may be sent to, and why there is none if there is none. The addresses are those that will be
    /// sent to: no name is looked up again.
    pub(super) fn permitted(&self, mut found: Vec<Target>) -> (Vec<Target>, Cause) {
        if found.is_empty() {
            return (found, Cause::NoName);
        }
        found.retain(|target| {
            let permitted = self.destinations.permit(target.address.ip());
            if !permitted {
                log::warn!("SIP is not sent to {}: `sip.destinations` does not allow it", target.address);
            }
            permitted
        });
        let cause = if found.is_empty() { Cause::Forbidden } else { Cause::Unreachable };
        (found, cause)
    }

    /// Those that failed lately come last; what is too large for a datagram tries TCP first (RFC 3261 section 18.1.1).
    fn in_order(&mut self, journey: &Journey, found: Vec<Target>) -> VecDeque<Target> {
        let now = Instant::now();
        self.dead.retain(|_, until| now < *until);
        let is_large = match &journey.errand {
            Errand::Request(id) => self.pending.size_of(*id) + VIA_BYTES > DATAGRAM_BYTES,
            Errand::Ack(request) => request.to_bytes().len() + VIA_BYTES > DATAGRAM_BYTES,
            Errand::Response(..) | Errand::Local(_) => false,
        };
        let mut targets = VecDeque::new();
        for target in found {
            if is_large && target.protocol == Protocol::Udp {
                targets.push_back(Target { protocol: Protocol::Tcp, ..target.clone() });
            }
            targets.push_back(target);
        }
        targets.make_contiguous().sort_by_key(|target| self.dead.contains_key(&(target.protocol, target.address)));
        targets
    }

    /// To the first target that can be reached.
    pub(super) fn go(&mut self, mut journey: Journey, ctx: &mut Context<SipTransport>) {
        while let Some(target) = journey.targets.pop_front() {
            if let (Errand::Local(_), Some(hop)) = (&journey.errand, self.listened(&target)) {
                return self.arrive(journey, hop, ctx);
            }
            match target.protocol {
                Protocol::Udp => match self.socket_to(&target, ctx) {
                    Some(hop) => return self.arrive(journey, hop, ctx),
                    None => self.bury(target.protocol, target.address),
                },
                Protocol::Tcp | Protocol::Tls => match self.connection_to(&target, journey, ctx) {
                    Some(refused) => journey = refused,
                    None => return,
                },
            }
        }
        self.give_up(journey, ctx);
    }

    /// A hop without a connection, where none is needed to know our address.
    fn listened(&self, target: &Target) -> Option<Hop> {
        let hop = Hop { protocol: target.protocol, address: target.address, flow: Default::default() };
        self.ways.local(&hop).is_ok().then_some(hop)
    }

    fn socket_to(&mut self, target: &Target, ctx: &mut Context<SipTransport>) -> Option<Hop> {
        let flow = self.ways.socket_to(target.address).or_else(|| {
            let any = std::net::SocketAddr::new(udp::unspecified(target.address.ip()), 0);
            let socket = udp::bind(any, true).inspect_err(|error| log::warn!("no SIP socket: {error}")).ok()?;
            self.read_socket(socket, ctx)
        })?;
        Some(Hop { protocol: Protocol::Udp, address: target.address, flow })
    }

    /// The journey, if there can be no connection; else it goes on over one, now or when it is made.
    fn connection_to(
        &mut self,
        target: &Target,
        mut journey: Journey,
        ctx: &mut Context<SipTransport>,
    ) -> Option<Journey> {
        let key = Key::of(target, &journey.route);
        match self.ways.pool.get_mut(&key) {
            Some(Slot::Open(flow)) => {
                let hop = Hop { protocol: target.protocol, address: target.address, flow: *flow };
                self.arrive(journey, hop, ctx);
                return None;
            }
            Some(Slot::Connecting(waiting)) => {
                waiting.push(journey);
                return None;
            }
            None => {}
        }
        if self.ways.pool.len() >= self.setup.limits.connections {
            self.make_room(false, ctx);
        }
        if self.ways.pool.len() >= self.setup.limits.connections {
            journey.cause = Cause::Full;
            return Some(journey);
        }
        let tls = match (target.protocol, self.trust.config(&journey.route.tls)) {
            (Protocol::Udp | Protocol::Tcp, _) => None,
            (Protocol::Tls, Ok(config)) => Some((config, target.name.clone())),
            (Protocol::Tls, Err(wrong)) => {
                journey.cause = Cause::Tls(wrong);
                return Some(journey);
            }
        };
        self.ways.pool.insert(key.clone(), Slot::Connecting(vec![journey]));
        let connect = stream::connect(target.address, tls, self.setup.limits.connect);
        ctx.spawn(connect.into_actor(self).map(move |made, transport, ctx| transport.connected(key, made, ctx)));
        None
    }

    fn connected(&mut self, key: Key, made: Result<stream::Open, Cause>, ctx: &mut Context<SipTransport>) {
        let Some(Slot::Connecting(waiting)) = self.ways.pool.remove(&key) else { return };
        match made {
            Ok(open) => {
                let hop = self.adopt(key.protocol, Some(key.clone()), open, ctx);
                self.ways.pool.insert(key, Slot::Open(hop.flow));
                waiting.into_iter().for_each(|journey| self.arrive(journey, hop, ctx));
            }
            Err(cause) => {
                log::info!(protocol = key.protocol.as_str(), address:% = key.address; "SIP connection failed: {cause}");
                self.setup.counters.sip_failures.inc();
                self.bury(key.protocol, key.address);
                for journey in waiting {
                    self.go(Journey { cause: cause.clone(), ..journey }, ctx);
                }
            }
        }
    }

    /// Comes last for a while.
    pub(super) fn bury(&mut self, protocol: Protocol, address: std::net::SocketAddr) {
        if self.dead.len() < self.setup.limits.connections {
            self.dead.insert((protocol, address), Instant::now() + self.setup.limits.dead);
        }
    }

    fn arrive(&mut self, journey: Journey, hop: Hop, ctx: &mut Context<SipTransport>) {
        match journey.errand {
            Errand::Request(id) => self.launch(id, hop, journey.targets, ctx),
            Errand::Ack(request) => {
                let Ok(sent_by) = self.ways.sent_by(&hop) else { return };
                self.endpoint.send_ack(Instant::now(), *request, hop, &sent_by, &branch());
                self.drain(ctx);
            }
            Errand::Response(id, bytes) => {
                if self.ways.send(Instant::now(), &hop, bytes).is_err() {
                    self.lose(&id, ctx);
                }
            }
            Errand::Local(reply) => {
                let others = journey.targets.iter().map(|target| target.address).collect();
                let local = self.ways.local(&hop).map(|address| Local { address, hop, others });
                let _ = reply.send(local.map_err(|_| Cause::Unreachable));
            }
        }
    }

    fn lose(&mut self, id: &Id, ctx: &mut Context<SipTransport>) {
        self.endpoint.transport_failed(Instant::now(), id);
        self.drain(ctx);
    }

    fn give_up(&mut self, journey: Journey, ctx: &mut Context<SipTransport>) {
        match journey.errand {
            Errand::Request(id) => self.fail(id, journey.cause, ctx),
            Errand::Ack(_) => {
                self.setup.counters.sip_failures.inc();
                log::info!("an ACK could not be sent: {}", journey.cause);
            }
            Errand::Response(id, _) => self.lose(&id, ctx),
            Errand::Local(reply) => {
                let _ = reply.send(Err(journey.cause));
            }
        }
    }
}

/// Unguessable, so that nobody who does not see our requests can answer them.
pub(super) fn branch() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
