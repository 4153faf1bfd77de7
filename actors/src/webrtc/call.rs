//! One call from browser to browser: the shell of [`gateway::peer`].
//!
//! Started by the caller's B2BUA, on the caller's lane. Addressed by the B2BUAs of
//! all its legs. Ends with the call; its [`Legs`] tell every side if it dies.

use std::time::Instant;

use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message as ActixMessage, SpawnHandle,
    WrapFuture,
};
use gateway::peer::{Branch, Input, Output, PeerCall};
use signal::call::{Peer, Start};
use signal::{CallId, EndReason};

use super::account::WebrtcAccount;
use super::connector::{Line, LookUp};
use super::legs::{FromLeg, LegInput, Legs, Route, end_of, forget};
use crate::limits::ACTOR_MAILBOX;

/// See the module.
pub struct WebrtcCall {
    core: PeerCall,
    legs: Legs,
    caller: CallId,
    callee: Line,
    peer: Peer,
    /// Callee accounts that have not said yet which devices ring.
    asked: usize,
    rung: bool,
    timer: Option<SpawnHandle>,
}

impl WebrtcCall {
    /// The call that `start` asks for; `legs` holds the caller's.
    pub fn new(core: PeerCall, legs: Legs, start: &Start, callee: Line) -> WebrtcCall {
        let peer = start.peer.clone().unwrap_or_default();
        WebrtcCall { core, legs, caller: start.id, callee, peer, asked: 0, rung: false, timer: None }
    }

    fn feed(&mut self, input: Input, ctx: &mut Context<Self>) {
        self.core.handle(Instant::now(), input);
        self.drain(ctx);
    }

    fn drain(&mut self, ctx: &mut Context<Self>) {
        while let Some(output) = self.core.poll() {
            match output {
                Output::Send { leg, message } => self.legs.send(leg, message),
                Output::Refuse { leg, error } => self.legs.refuse(leg, error),
                Output::Wake(at) => self.wake(at, ctx),
                Output::Answered { leg } => self.legs.answered(leg),
                Output::LegEnded { leg, reason, by_leg, detail } => {
                    self.legs.ended(leg, reason, by_leg, detail.as_deref())
                }
                Output::Done => {
                    self.legs.finish();
                    ctx.stop();
                }
            }
        }
    }

    fn wake(&mut self, at: Instant, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        let wait = at.saturating_duration_since(Instant::now());
        self.timer = Some(ctx.run_later(wait, |call, ctx| {
            call.timer = None;
            call.feed(Input::Timeout, ctx);
        }));
    }

    /// Asks the accounts of the callee which devices they ring.
    fn ring(&mut self, accounts: Vec<Addr<WebrtcAccount>>, ctx: &mut Context<Self>) {
        self.asked = accounts.len();
        if accounts.is_empty() {
            return self.feed(Input::Unreachable { reason: EndReason::NotFound }, ctx);
        }
        for account in accounts {
            let ring = Ring {
                call: ctx.address(),
                caller: self.caller,
                gcid: self.legs.gcid().clone(),
                peer: self.peer.clone(),
            };
            let asked = account.send(ring);
            ctx.spawn(asked.into_actor(self).map(|rung, call, ctx| call.rung(rung.unwrap_or_default(), ctx)));
        }
    }

    fn rung(&mut self, legs: Vec<(CallId, Route)>, ctx: &mut Context<Self>) {
        self.asked = self.asked.saturating_sub(1);
        if !legs.is_empty() {
            self.rung = true;
            self.branch(legs, ctx);
        } else if self.asked == 0 && !self.rung {
            self.feed(Input::Unreachable { reason: EndReason::Unavailable }, ctx);
        }
    }

    fn branch(&mut self, legs: Vec<(CallId, Route)>, ctx: &mut Context<Self>) {
        if !self.core.is_inviting() {
            // Answered, or over: a leg that nobody hears of must not stand in the way of a claim.
            return legs.iter().for_each(|(leg, route)| forget(route, *leg));
        }
        let branches = legs.iter().map(|(leg, route)| Branch { leg: *leg, account: Some(route.account) }).collect();
        for (leg, route) in legs {
            self.legs.add(leg, route);
        }
        self.feed(Input::Branches { legs: branches }, ctx);
    }
}

impl Actor for WebrtcCall {
    type Context = Context<WebrtcCall>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        let found = self.legs.exchange().webrtc().send(LookUp(self.callee.clone()));
        ctx.spawn(found.into_actor(self).map(|accounts, call, ctx| call.ring(accounts.unwrap_or_default(), ctx)));
        self.drain(ctx);
    }
}

impl Handler<FromLeg> for WebrtcCall {
    type Result = ();

    fn handle(&mut self, FromLeg { leg, input }: FromLeg, ctx: &mut Self::Context) {
        let input = match input {
            LegInput::Message { message, reference } => {
                #[cfg(test)]
                crate::tests::trip("call", reference.as_ref());
                self.legs.heard(leg, &message, reference);
                Input::Browser { leg, message }
            }
            LegInput::Lost => Input::LegLost { leg },
            LegInput::TakeOver { start, route } => {
                let leg = self.legs.claimed(leg, route.account);
                if !self.legs.take_over(leg, start.id, *route) {
                    return;
                }
                Input::TakeOver { leg, start }
            }
            LegInput::End(reason) => Input::Browser { leg, message: end_of(leg, reason) },
        };
        self.feed(input, ctx);
    }
}

/// Which of your devices ring for this call?
#[derive(ActixMessage)]
#[rtype(result = "Vec<(CallId, Route)>")]
pub struct Ring {
    /// The call.
    pub call: Addr<WebrtcCall>,
    /// The caller's leg, which does not ring itself.
    pub caller: CallId,
    /// The call end to end.
    pub gcid: signal::Gcid,
    /// Who calls.
    pub peer: Peer,
}

/// A device has connected while the call rings: it rings too.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct LateDevice {
    /// The new leg.
    pub leg: CallId,
    /// Where it is.
    pub route: Route,
}

impl Handler<LateDevice> for WebrtcCall {
    type Result = ();

    fn handle(&mut self, LateDevice { leg, route }: LateDevice, ctx: &mut Self::Context) {
        self.branch(vec![(leg, route)], ctx);
    }
}
