//! One connection of accounts to their SIP network: the registration they share, or the way to a trunk.
//!
//! Started by the connector for the first account of its [`Seat`], which outlives it. Addressed by the connector
//! ([`Wanted`], [`Mailbox`]) and the transport; tells the accounts how they fare. Ends a while after the last account
//! has left; rebuilt over its seat if it dies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message as ActixMessage, SpawnHandle,
    WrapFuture,
};
use signal::account::StateReason;
use sip::message::{Request, Response};
use sip::register::{Event, Failure, Output, Registration};
use sip::summary::Summary;
use sip::transport::Hop;

use super::binding::{Bound, binding, chance, pause_after};
use super::connector::{UpstreamDied, UpstreamOver};
use super::io::FromUpstream;
use super::registrars::Turn;
use super::roster::Seat;
use super::standing::{self, Standing};
use super::transport::{Cause, FromTransport, Local, LocalAddress, Send, Unwatch, Watch};
use super::uplink::Signed;
use crate::limits::ACTOR_MAILBOX;

/// How long a registration outlives its last account: a reloaded page finds it in place.
const LINGER: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 5_000 });
/// The transport's name of our one flow.
const FLOW: u64 = 0;

/// See the module.
pub struct SipUpstream {
    seat: Arc<Seat>,
    registration: Registration,
    /// The REGISTER under way.
    asked: Option<Asked>,
    /// Each REGISTER has its number, by which responses are told apart.
    reference: u64,
    failures: u32,
    timer: Option<SpawnHandle>,
    /// Why the last REGISTER got no response.
    cause: Option<Cause>,
    messages: Option<Summary>,
    phase: Phase,
    /// Counts it while its binding stands.
    bound: Option<Bound>,
    _guard: Guard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Accounts use it.
    Serving,
    /// The last one has left; another may still come.
    Leaving,
    /// The engine ends.
    Ending,
}

struct Asked {
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
    fn find_way(&mut self, ctx: &mut Context<Self>) {
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
            self.stand(Standing::connected(None));
        }
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
        log::info!(account, state:% = standing.state, reason:% = standing.reason; "upstream state");
        self.seat.tell(standing.into());
    }

    /// All the registration wants.
    fn drain(&mut self, ctx: &mut Context<Self>) {
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
            // The way may be another by now.
            if !upstream.registration.is_registered() {
                return upstream.find_way(ctx);
            }
            upstream.registration.on_wake(Instant::now());
            upstream.drain(ctx);
        }));
    }

    /// Nobody uses it, and nothing is left at the registrar.
    fn over(&mut self, ctx: &mut Context<Self>) {
        if self.phase == Phase::Leaving && !self.seat.members().is_empty() {
            // Somebody came while it left.
            self.phase = Phase::Serving;
            return self.find_way(ctx);
        }
        let over = UpstreamOver { seat: self.seat.clone(), for_good: self.phase == Phase::Ending };
        self.seat.uplink.exchange().sip.connector().do_send(over);
        ctx.stop();
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

/// From the connector: whether anybody uses the upstream.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub enum Wanted {
    /// An account came.
    Yes,
    /// The last one left.
    No,
    /// The engine ends: the binding is removed at once.
    Never,
}

impl Handler<Wanted> for SipUpstream {
    type Result = ();

    fn handle(&mut self, wanted: Wanted, ctx: &mut Self::Context) {
        match wanted {
            Wanted::Yes if self.phase == Phase::Leaving => {
                self.phase = Phase::Serving;
                self.find_way(ctx);
            }
            Wanted::Yes => {}
            Wanted::No => {
                ctx.run_later(LINGER, |upstream, ctx| {
                    if upstream.seat.members().is_empty() {
                        upstream.leave(Phase::Leaving, ctx);
                    }
                });
            }
            Wanted::Never => self.leave(Phase::Ending, ctx),
        }
    }
}

impl SipUpstream {
    fn leave(&mut self, phase: Phase, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.phase, phase) != Phase::Serving {
            return;
        }
        let is_known = self.registration.is_registered() || self.asked.is_some();
        self.registration.stop();
        if !is_known {
            // Nothing is there to be removed, and nobody to wait for.
            return self.over(ctx);
        }
        self.drain(ctx);
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
