//! Which upstream an account uses, and whom a request of the network is for.
//!
//! One for the whole engine, on the thread of the transport. Addressed by accounts ([`Attach`], [`Detach`]), by
//! upstreams that end or die, and by the transport ([`FromNetwork`]). When it dies it is rebuilt over its [`Roster`],
//! which outlives it.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message as ActixMessage};
use signal::account::StateReason;

use super::Uplink;
use super::inbound::Strays;
use super::io::{Attach, Detach, FromUpstream};
use super::leaving::Wanted;
use super::provider::Provider;
use super::roster::{Roster, Seat};
use super::standing::Standing;
use super::upstream::SipUpstream;
use crate::exchange::Exchange;
use crate::limits::LANE_MAILBOX;

/// How long a dead upstream stays so: one that dies at once must not take the thread.
const REBUILD_PAUSE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Default)]
pub struct SipConnector {
    pub(super) roster: Roster,
    pub(super) strays: Strays,
    guard: Option<Guard>,
}

impl SipConnector {
    /// The engine, once it is known.
    pub(super) fn exchange(&self) -> Option<&Arc<Exchange>> {
        self.guard.as_ref().map(|guard| &guard.exchange)
    }

    /// Moves the account to the upstream of its row.
    fn attach(&self, provider: Provider, exchange: &Arc<Exchange>, attach: Attach) {
        let account = attach.account.clone();
        let known = self.roster.find(&provider);
        let is_new = known.is_none();
        let seat = known.unwrap_or_else(|| Seat::new(Uplink::new(exchange.clone(), provider)));
        let before = self.roster.attach(&seat, attach);
        if is_new {
            self.roster.insert(&seat);
            SipUpstream::run(seat);
        } else {
            if seat.uplink.is_known() {
                account.do_send(FromUpstream::Ready(seat.uplink.clone()));
            }
            seat.told().into_iter().for_each(|told| account.do_send(told));
            want(&seat, Wanted::Yes);
        }
        before.iter().for_each(left);
        self.count(exchange);
    }

    /// Starts the upstream of `seat`, if anybody uses it.
    fn run(&self, seat: Arc<Seat>) {
        match seat.members().is_empty() {
            true => self.roster.remove(&seat),
            false => SipUpstream::run(seat),
        }
    }

    fn count(&self, exchange: &Exchange) {
        let upstreams = i64::try_from(self.roster.len()).unwrap_or(i64::MAX);
        exchange.counters.sip_upstreams.set(upstreams);
    }
}

/// Puts a new upstream in the place of a dead one, after a pause in which much may happen: the accounts leave, the engine
/// ends, the connector dies and its heir sees to it.
fn rebuild(seat: Arc<Seat>, ctx: &mut Context<SipConnector>) {
    ctx.run_later(REBUILD_PAUSE, |connector, _| {
        let Some(exchange) = connector.exchange().filter(|exchange| !exchange.draining()) else { return };
        if seat.is_dead() && connector.roster.holds(&seat) {
            connector.run(seat);
            connector.count(exchange);
        }
    });
}

fn want(seat: &Seat, wanted: Wanted) {
    if let Some(actor) = seat.actor() {
        actor.do_send(wanted);
    }
}

/// An account has left `seat`.
fn left(seat: &Arc<Seat>) {
    if seat.members().is_empty() {
        want(seat, Wanted::No);
    }
}

impl Actor for SipConnector {
    type Context = Context<SipConnector>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
        // Of a connector that died: an upstream that died with it could not say so.
        let dead = self.roster.seats().into_iter().filter(|seat| seat.is_dead());
        dead.for_each(|seat| rebuild(seat, ctx));
    }
}

/// Makes the connector rebuild itself when it dies.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Supervise(pub Arc<Exchange>);

impl Handler<Supervise> for SipConnector {
    type Result = ();

    fn handle(&mut self, Supervise(exchange): Supervise, _: &mut Self::Context) {
        self.guard = Some(Guard { exchange, roster: self.roster.clone() });
    }
}

/// Dropped with the actor, a panic included: puts a new one in its place.
struct Guard {
    exchange: Arc<Exchange>,
    roster: Roster,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(arbiter) = actix::Arbiter::try_current().filter(|_| std::thread::panicking()) else { return };
        let (exchange, roster) = (self.exchange.clone(), self.roster.clone());
        // Queued: on a thread that is ending it never runs.
        arbiter.spawn_fn(move || {
            log::error!(connector = "sip"; "connector rebuilt");
            exchange.counters.actors_rebuilt.inc();
            let guard = Guard { exchange: exchange.clone(), roster: roster.clone() };
            exchange
                .sip
                .replace_connector(SipConnector { roster, strays: Strays::default(), guard: Some(guard) }.start());
        });
    }
}

impl Handler<Attach> for SipConnector {
    type Result = ();

    fn handle(&mut self, attach: Attach, _: &mut Self::Context) {
        let Some(exchange) = self.exchange().cloned() else { return };
        match Provider::read(&attach.record) {
            Ok(provider) => self.attach(provider, &exchange, attach),
            Err(detail) => {
                self.roster.detach(&attach.account).iter().for_each(left);
                attach.account.do_send(Standing::failed(StateReason::UnknownAccount, detail).into());
            }
        }
    }
}

impl Handler<Detach> for SipConnector {
    type Result = ();

    fn handle(&mut self, Detach { account }: Detach, _: &mut Self::Context) {
        self.roster.detach(&account).iter().for_each(left);
    }
}

/// An upstream has nothing left to do.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct UpstreamOver {
    /// Which.
    pub seat: Arc<Seat>,
    /// Whoever may still use it.
    pub for_good: bool,
}

impl Handler<UpstreamOver> for SipConnector {
    type Result = ();

    fn handle(&mut self, UpstreamOver { seat, for_good }: UpstreamOver, _: &mut Self::Context) {
        let Some(exchange) = self.exchange() else { return };
        match for_good {
            true => self.roster.remove(&seat),
            // Somebody may have come while it ended.
            false => self.run(seat),
        }
        self.count(exchange);
    }
}

/// An upstream died.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct UpstreamDied(pub Arc<Seat>);

impl Handler<UpstreamDied> for SipConnector {
    type Result = ();

    fn handle(&mut self, UpstreamDied(seat): UpstreamDied, ctx: &mut Self::Context) {
        let Some(exchange) = self.exchange() else { return };
        log::error!(account = seat.uplink.provider().identifier.as_str(); "upstream died");
        exchange.counters.actors_rebuilt.inc();
        rebuild(seat, ctx);
    }
}

/// The engine ends: every binding is removed. Answered with how many there were.
#[derive(ActixMessage)]
#[rtype(result = "usize")]
pub struct Leave;

impl Handler<Leave> for SipConnector {
    type Result = usize;

    fn handle(&mut self, _: Leave, _: &mut Self::Context) -> usize {
        let seats = self.roster.seats();
        seats.iter().for_each(|seat| want(seat, Wanted::Never));
        seats.len()
    }
}

/// A connector that knows nobody, on the calling thread; [`Supervise`] must follow.
pub fn fresh() -> Addr<SipConnector> {
    SipConnector::default().start()
}

/// Panics.
#[cfg(test)]
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Panic;

#[cfg(test)]
impl Handler<Panic> for SipConnector {
    type Result = ();

    fn handle(&mut self, _: Panic, _: &mut Self::Context) {
        panic!("a test asked for a panic in the connector");
    }
}

/// Every upstream panics.
#[cfg(test)]
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct KillUpstreams;

#[cfg(test)]
impl Handler<KillUpstreams> for SipConnector {
    type Result = ();

    fn handle(&mut self, _: KillUpstreams, _: &mut Self::Context) {
        let actors = self.roster.seats().into_iter().filter_map(|seat| seat.actor());
        actors.for_each(|actor| actor.do_send(super::upstream::Panic));
    }
}
