//! Whom a call rings: it asks the accounts of the callee, each answers with its devices.

use actix::{ActorFutureExt, AsyncContext, Context, Message as ActixMessage, Recipient, WrapFuture};
use gateway::peer::Branch;
use signal::call::Peer;
use signal::{CallId, EndReason, Gcid};

use super::legs::forget;
use super::{FromLeg, Route, Shell};

/// Which of your devices ring for this call?
#[derive(ActixMessage, Clone)]
#[rtype(result = "Vec<(CallId, Route)>")]
pub struct Ring {
    /// The call; devices that connect later are told to it as [`LegInput::LateDevice`](super::LegInput::LateDevice).
    pub call: Recipient<FromLeg>,
    /// The caller's leg, whose client does not ring itself.
    pub caller: Option<CallId>,
    /// The call end to end.
    pub gcid: Gcid,
    /// Who calls.
    pub peer: Peer,
}

/// How far the accounts of the callee have been asked.
#[derive(Debug, Default)]
pub struct Ringing {
    /// Those that have not said yet which devices ring.
    asked: usize,
    /// Whether any device does.
    rung: bool,
}

/// A call that rings devices.
pub trait Rings: Shell {
    /// How far they have been asked.
    fn ringing(&mut self) -> &mut Ringing;

    /// Whether a further device would ring.
    fn is_inviting(&self) -> bool;

    /// The input that makes devices ring.
    fn branches(legs: Vec<Branch>) -> Self::Input;

    /// The input that says that nobody can be rung.
    fn unreachable(reason: EndReason) -> Self::Input;

    /// Asks `accounts` which devices they ring.
    fn ring(&mut self, accounts: Vec<Recipient<Ring>>, ring: &Ring, ctx: &mut Context<Self>) {
        self.ringing().asked = accounts.len();
        if accounts.is_empty() {
            return self.feed(Self::unreachable(EndReason::NotFound), ctx);
        }
        for account in accounts {
            let asked = account.send(ring.clone());
            ctx.spawn(asked.into_actor(self).map(|rung, call, ctx| call.rung(rung.unwrap_or_default(), ctx)));
        }
    }

    /// An account has said which devices ring.
    fn rung(&mut self, legs: Vec<(CallId, Route)>, ctx: &mut Context<Self>) {
        let ringing = self.ringing();
        ringing.asked = ringing.asked.saturating_sub(1);
        if !legs.is_empty() {
            ringing.rung = true;
            if !self.is_inviting() && !self.legs().is_answered() {
                // It was over before anybody could hear it.
                return legs.into_iter().for_each(|(leg, route)| self.legs().missed(leg, route));
            }
            self.branch(legs, ctx);
        } else if ringing.asked == 0 && !ringing.rung {
            self.feed(Self::unreachable(EndReason::Unavailable), ctx);
        }
    }

    /// Rings the devices of `legs`.
    fn branch(&mut self, legs: Vec<(CallId, Route)>, ctx: &mut Context<Self>) {
        if !self.is_inviting() {
            // Answered, or over: a leg that nobody hears of must not stand in the way of a claim.
            return legs.iter().for_each(|(leg, route)| forget(route, *leg));
        }
        let branches = legs.iter().map(|(leg, route)| Branch { leg: *leg, account: Some(route.account) }).collect();
        for (leg, route) in legs {
            self.legs().add(leg, route);
        }
        self.feed(Self::branches(branches), ctx);
    }
}
