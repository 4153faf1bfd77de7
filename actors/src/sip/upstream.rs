//! One connection of accounts to their SIP network: the registration they share, or the way to a trunk.
//!
//! Started by the connector for the first account of its [`Seat`], which outlives it. Addressed by the connector
//! ([`Wanted`](super::leaving::Wanted), [`Mailbox`]) and the transport; tells the accounts how they fare. Ends a while after the last account
//! has left; rebuilt over its seat if it dies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message as ActixMessage, SpawnHandle, WrapFuture};
use signal::account::{State, StateReason};
use sip::message::{Request, Response, Status};
use sip::register::{Event, Failure, Output, Registration};
use sip::summary::Summary;
use sip::transport::Hop;

use super::binding::{Bound, binding, chance, pause_after};
use super::connector::UpstreamDied;
use super::io::FromUpstream;
use super::leaving::Phase;
use super::registrars::Turn;
use super::roster::Seat;
use super::standing::{self, Standing};
use super::transport::{Cause, FromTransport, Local, LocalAddress, Send, Unwatch, Watch};
use super::trunk::Trunk;
use super::uplink::Signed;
use crate::limits::ACTOR_MAILBOX;

/// The transport's name of our one flow.
const FLOW: u64 = 0;
/// The transport's name of what the trunk is asked.
const TRUNK: u64 = u64::MAX;

/// See the module.
pub struct SipUpstream {
    pub(super) seat: Arc<Seat>,
    pub(super) registration: Registration,
    /// The REGISTER under way.
    pub(super) asked: Option<Asked>,
    /// Each REGISTER has its number, by which responses are told apart.
    reference: u64,
    failures: u32,
    timer: Option<SpawnHandle>,
    /// Why the last REGISTER got no response.
    cause: Option<Cause>,
    messages: Option<Summary>,
    pub(super) phase: Phase,
    /// Where it does not register: whether somebody is there.
    trunk: Option<Trunk>,
    /// Counts it while its binding stands.
    bound: Option<Bound>,
    _guard: Guard,
}

/// See [`SipUpstream`].
pub(super) struct Asked {
    sent: Signed,
    /// Given back with the final response.
    _turn: Option<Turn>,
}

impl SipUpstream {
    /// Starts the upstream of `seat` on the calling thread's arbiter.
    pub fn run(seat: Arc<Seat>) {
        let guard = Guard(seat.clone());
        let registration = Registration::new(binding(&seat));
        let upstream = SipUpstream {
            registration,
            asked: None,
            reference: 0,
            failures: 0,
            timer: None,
            cause: None,
            messages: None,
            phase: Phase::Serving,
            trunk: None,
            bound: None,
            seat: seat.clone(),
            _guard: guard,
        };
        seat.set_actor(upstream.start());
    }

    fn registers(&self) -> bool {
        self.seat.uplink.provider().config.register
    }

    /// Asks the transport for the way.
    pub(super) fn find_way(&mut self, ctx: &mut Context<Self>) {
        let exchange = self.seat.uplink.exchange();
        let Some(transport) = exchange.sip.transport() else {
            return self.stand(Standing::failed(StateReason::Unreachable, "this engine does not listen for SIP"));
        };
        let asked = transport.send(LocalAddress(self.seat.uplink.home()));
        ctx.spawn(asked.into_actor(self).map(|found, upstream, ctx| match found {
            Ok(Ok(local)) => upstream.found(local, ctx),
            Ok(Err(cause)) => upstream.lost_way(&cause, ctx),
            Err(_) => upstream.lost_way(&Cause::Restarted, ctx),
        }));
    }

    fn found(&mut self, local: Local, ctx: &mut Context<Self>) {
        self.failures = 0;
        self.seat.uplink.set_local(local);
        self.ready();
        if self.registers() {
            self.registration.move_to(self.seat.uplink.contact());
            self.registration.start();
            self.drain(ctx);
        } else {
            self.trunk = Trunk::of(&self.seat.uplink, Instant::now());
            self.stand(Standing::connected(None));
            self.watch_trunk(ctx);
        }
    }

    /// Asks the trunk when it is time, and comes back.
    fn watch_trunk(&mut self, ctx: &mut Context<Self>) {
        let (Some(trunk), Some(owner)) = (&mut self.trunk, self.seat.actor()) else { return };
        if let Some(request) = trunk.ask(Instant::now()) {
            let (owner, route) = (owner.recipient(), self.seat.uplink.home());
            self.seat.uplink.exchange().sip.send(Send { owner, reference: TRUNK, request, route });
        }
        if let Some(at) = self.trunk.as_ref().and_then(Trunk::wake) {
            self.wake_in(at.saturating_duration_since(Instant::now()), ctx);
        }
    }

    /// The trunk answered by `hop`, or did not.
    fn asked_trunk(&mut self, answer: Result<(&Response, Hop), Status>, ctx: &mut Context<Self>) {
        let Some(trunk) = &mut self.trunk else { return };
        let standing = trunk.answered(Instant::now(), answer, self.messages.as_ref());
        if let Ok((_, hop)) = answer {
            self.seat.uplink.set_route(hop, &[]);
        }
        standing.into_iter().for_each(|standing| self.stand(standing));
        self.watch_trunk(ctx);
    }

    /// No way there: tried again later and later, by chance at different times.
    fn lost_way(&mut self, cause: &Cause, ctx: &mut Context<Self>) {
        let pause = pause_after(self.failures);
        self.failures = self.failures.saturating_add(1);
        self.stand(Standing::without_way(cause, pause));
        self.wake_in(pause, ctx);
    }

    /// Members can make calls.
    fn ready(&self) {
        let uplink = &self.seat.uplink;
        self.seat.members().iter().for_each(|member| member.account.do_send(FromUpstream::Ready(uplink.clone())));
    }

    fn stand(&self, standing: Standing) {
        let account = self.seat.uplink.provider().identifier.as_str();
        let (state, reason) = (standing.state, standing.reason);
        if state == State::Failed {
            let members = self.seat.members();
            let network = members.first().map(|member| member.record.network.tag.as_str());
            let (next_hop, status) = (self.seat.uplink.provider().next_hop(), standing.status);
            let what = if self.registers() { "registration failed" } else { "trunk failed" };
            log::warn!(account, network, next_hop:%, reason:%, status, cause = standing.detail.as_deref(); "{what}");
        } else {
            log::info!(account, state:%, reason:%; "upstream state");
        }
        self.seat.tell(standing.into());
    }

    /// All the registration wants.
    pub(super) fn drain(&mut self, ctx: &mut Context<Self>) {
        while let Some(output) = self.registration.poll() {
            match output {
                Output::Send(request) => self.queue(request, ctx),
                Output::Event(event) => self.on_event(event, ctx),
            }
        }
        if let Some(at) = self.registration.wake() {
            self.wake_in(at.saturating_duration_since(Instant::now()), ctx);
        }
    }

    /// Sends a REGISTER when it is its turn.
    fn queue(&mut self, request: Box<Request>, ctx: &mut Context<Self>) {
        self.reference += 1;
        let (reference, uplink) = (self.reference, &self.seat.uplink);
        if let Some(Asked { _turn: turn @ Some(_), .. }) = self.asked.take() {
            return self.ask(request, turn);
        }
        let turn = uplink.exchange().sip.registrars.clone().turn(uplink.provider().next_hop().to_string());
        ctx.spawn(turn.into_actor(self).map(move |turn, upstream, _| {
            if upstream.reference == reference {
                upstream.ask(request, turn);
            }
        }));
    }

    fn ask(&mut self, request: Box<Request>, turn: Option<Turn>) {
        let Some(owner) = self.seat.actor() else { return };
        let sent = self.seat.uplink.sign_register(request);
        let (request, route) = (sent.request.clone(), sent.route.clone());
        let send = Send { owner: owner.recipient(), reference: self.reference, request, route };
        self.asked = Some(Asked { sent, _turn: turn });
        self.seat.uplink.exchange().sip.send(send);
    }

    fn on_event(&mut self, event: Event, ctx: &mut Context<Self>) {
        match event {
            Event::Challenged(response) => self.challenged(&response),
            Event::Registered { seen_as } => {
                if seen_as.is_some_and(|seen_as| self.seat.uplink.set_seen_as(seen_as)) {
                    // The first binding leads nowhere: it is made anew with the address that does.
                    self.registration.move_to(self.seat.uplink.contact());
                }
                self.bound = Some(Bound::count(&self.seat.uplink.exchange().counters.sip_registered));
                self.ready();
                self.stand(Standing::connected(self.messages.as_ref()));
            }
            Event::Failed { failure, .. } if self.phase != Phase::Serving => {
                log::info!(failure:? = failure; "the registration was not removed");
                self.over(ctx);
            }
            Event::Failed { failure, retry_in } => {
                self.bound = None;
                self.seat.uplink.exchange().counters.sip_registrations_failed.inc();
                let cause = self.cause.take().filter(|_| matches!(failure, Failure::Timeout | Failure::Unreachable));
                self.stand(Standing::unregistered(failure, cause.as_ref(), retry_in));
            }
            Event::Unregistered => self.over(ctx),
        }
    }

    fn challenged(&mut self, response: &Response) {
        let Some(Asked { sent, .. }) = &self.asked else { return };
        match self.seat.uplink.challenged(sent, response) {
            Ok(()) => self.registration.again(),
            Err(refusal) => {
                let account = self.seat.uplink.provider().identifier.as_str();
                log::warn!(account; "a challenge is not answered: {refusal}");
                self.asked = None;
                self.registration.fail();
            }
        }
    }

    fn answered(&mut self, response: Response, hop: Hop, ctx: &mut Context<Self>) {
        let status = response.status();
        // A challenge is answered in the same turn.
        if status.is_final() && !standing::is_challenge(status) {
            self.asked = None;
        }
        self.registration.on_response(Instant::now(), response, chance());
        if status.is_success() {
            self.taken(hop);
        }
        self.drain(ctx);
    }

    /// The registrar took the binding that came by `hop`.
    fn taken(&mut self, hop: Hop) {
        self.seat.uplink.accepted();
        self.seat.uplink.set_route(hop, self.registration.service_route());
        let keep_alive = self.seat.uplink.provider().config.keep_alive;
        if let Some(owner) = self.seat.actor() {
            let watch = Watch { owner: owner.recipient(), reference: FLOW, hop, keep_alive };
            self.seat.uplink.exchange().sip.send(watch);
        }
    }

    fn wake_in(&mut self, wait: Duration, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        self.timer = Some(ctx.run_later(wait, |upstream, ctx| {
            upstream.timer = None;
            if upstream.trunk.is_some() {
                return upstream.watch_trunk(ctx);
            }
            // The way may be another by now.
            if !upstream.registration.is_registered() {
                return upstream.find_way(ctx);
            }
            upstream.registration.on_wake(Instant::now());
            upstream.drain(ctx);
        }));
    }
}

impl Actor for SipUpstream {
    type Context = Context<SipUpstream>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        self.stand(Standing::connecting());
        self.find_way(ctx);
    }

    fn stopped(&mut self, ctx: &mut Self::Context) {
        let unwatch = Unwatch { owner: ctx.address().recipient(), reference: FLOW };
        self.seat.uplink.exchange().sip.send(unwatch);
    }
}

/// Dropped with the actor, a panic included: the connector builds it again unless it is over.
struct Guard(Arc<Seat>);

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.uplink.exchange().sip.connector().do_send(UpstreamDied(self.0.clone()));
        }
    }
}

impl Handler<FromTransport> for SipUpstream {
    type Result = ();

    fn handle(&mut self, told: FromTransport, ctx: &mut Self::Context) {
        match told {
            FromTransport::Response { reference, response, hop } if reference == self.reference => {
                self.answered(*response, hop, ctx);
            }
            FromTransport::NoResponse { reference, status, cause } if reference == self.reference => {
                (self.asked, self.cause) = (None, Some(cause));
                self.registration.on_no_response(Instant::now(), status, chance());
                self.drain(ctx);
            }
            FromTransport::Response { reference: TRUNK, response, hop } => {
                self.asked_trunk(Ok((&response, hop)), ctx);
            }
            FromTransport::NoResponse { reference: TRUNK, status, .. } => self.asked_trunk(Err(status), ctx),
            FromTransport::FlowLost { reference: FLOW } => {
                self.seat.uplink.forget_flow();
                self.registration.on_flow_lost(Instant::now(), chance());
                self.drain(ctx);
            }
            // Of an earlier REGISTER.
            FromTransport::Response { .. } | FromTransport::NoResponse { .. } | FromTransport::FlowLost { .. } => {}
        }
    }
}

/// What a NOTIFY says of the accounts' mailbox (RFC 3842).
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Mailbox(pub Summary);

impl Handler<Mailbox> for SipUpstream {
    type Result = ();

    fn handle(&mut self, Mailbox(summary): Mailbox, _: &mut Self::Context) {
        self.messages = Some(summary);
        if self.registration.is_registered() || !self.registers() {
            self.stand(Standing::connected(self.messages.as_ref()));
        }
    }
}

/// Panics.
#[cfg(test)]
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Panic;

#[cfg(test)]
impl Handler<Panic> for SipUpstream {
    type Result = ();

    fn handle(&mut self, _: Panic, _: &mut Self::Context) {
        panic!("a test asked for a panic in the upstream");
    }
}
