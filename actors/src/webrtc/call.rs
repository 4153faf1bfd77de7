//! One call from browser to browser: the shell of [`gateway::peer`].
//!
//! Started by the caller's B2BUA, on the caller's lane. Addressed by the B2BUAs of
//! all its legs. Ends with the call; its [`Legs`] tell every side if it dies.

use std::time::Instant;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, SpawnHandle, WrapFuture};
use gateway::peer::{Branch, Input, Output, PeerCall};
use signal::call::{Peer, Start};
use signal::{CallId, EndReason};

use super::connector::{Line, LookUp};
use crate::calls::{FromLeg, LegInput, Legs, Ring, Ringing, Rings, Shell, end_of};
use crate::limits::ACTOR_MAILBOX;

/// See the module.
pub struct WebrtcCall {
    core: PeerCall,
    legs: Legs,
    caller: CallId,
    callee: Line,
    peer: Peer,
    ringing: Ringing,
    timer: Option<SpawnHandle>,
}

impl WebrtcCall {
    /// The call that `start` asks for; `legs` holds the caller's.
    pub fn new(core: PeerCall, legs: Legs, start: &Start, callee: Line) -> WebrtcCall {
        let peer = start.peer.clone().unwrap_or_default();
        WebrtcCall { core, legs, caller: start.id, callee, peer, ringing: Ringing::default(), timer: None }
    }
}

impl Shell for WebrtcCall {
    type Input = Input;
    type Output = Output;
    const TIMEOUT: Input = Input::Timeout;

    fn take(&mut self, now: Instant, input: Input) {
        self.core.handle(now, input);
    }

    fn poll(&mut self) -> Option<Output> {
        self.core.poll()
    }

    fn perform(&mut self, output: Output, ctx: &mut Context<Self>) {
        match output {
            Output::Send { leg, message } => self.legs.send(leg, message),
            Output::Refuse { leg, error } => self.legs.refuse(leg, error),
            Output::Wake(at) => self.wake(at, ctx),
            Output::Answered { leg } => self.legs.answered(leg),
            Output::LegEnded { leg, reason, by_leg, detail } => {
                self.legs.ended(leg, reason, by_leg, detail.as_deref());
            }
            Output::Done => self.finish(ctx),
        }
    }

    fn timer(&mut self) -> &mut Option<SpawnHandle> {
        &mut self.timer
    }

    fn legs(&mut self) -> &mut Legs {
        &mut self.legs
    }
}

impl Rings for WebrtcCall {
    fn ringing(&mut self) -> &mut Ringing {
        &mut self.ringing
    }

    fn is_inviting(&self) -> bool {
        self.core.is_inviting()
    }

    fn branches(legs: Vec<Branch>) -> Input {
        Input::Branches { legs }
    }

    fn unreachable(reason: EndReason) -> Input {
        Input::Unreachable { reason }
    }
}

impl Actor for WebrtcCall {
    type Context = Context<WebrtcCall>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        let found = self.legs.exchange().webrtc().send(LookUp(self.callee.clone()));
        let ring = Ring {
            call: ctx.address().recipient(),
            caller: Some(self.caller),
            gcid: self.legs.gcid().clone(),
            peer: self.peer.clone(),
        };
        ctx.spawn(found.into_actor(self).map(move |accounts, call, ctx| {
            let accounts = accounts.unwrap_or_default().into_iter();
            call.ring(accounts.map(|account| account.recipient()).collect(), &ring, ctx);
        }));
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
            LegInput::LateDevice { route } => return self.branch(vec![(leg, *route)], ctx),
            // There is no phone here.
            LegInput::AskPhone(_) => return,
            LegInput::End(reason) => Input::Browser { leg, message: end_of(leg, reason) },
        };
        self.feed(input, ctx);
    }
}
