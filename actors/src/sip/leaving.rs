//! How a [`SipUpstream`] ends: its accounts have left, or the engine ends.

use std::time::Duration;

use actix::{ActorContext, AsyncContext, Context, Handler, Message as ActixMessage};

use super::connector::UpstreamOver;
use super::upstream::SipUpstream;

/// How long a registration outlives its last account: a reloaded page finds it in place.
const LINGER: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 5_000 });

/// Who wants an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Accounts use it.
    Serving,
    /// The last one has left; another may still come.
    Leaving,
    /// The engine ends.
    Ending,
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

    /// Nobody uses it, and nothing is left at the registrar.
    pub(super) fn over(&mut self, ctx: &mut Context<Self>) {
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
