//! The loop of an actor around a core of [`gateway`]: feed it, drain it, wake it.

use std::time::Instant;

use actix::{Actor, ActorContext, AsyncContext, Context, SpawnHandle};

use super::Legs;

/// An actor that is the shell of one call's core.
pub trait Shell: Actor<Context = Context<Self>> {
    /// What the core takes.
    type Input;
    /// What it gives.
    type Output;
    /// The time of the last wake-up has come.
    const TIMEOUT: Self::Input;

    /// Gives the core an input.
    fn take(&mut self, now: Instant, input: Self::Input);

    /// The core's next output.
    fn poll(&mut self) -> Option<Self::Output>;

    /// Does what the core wants.
    fn perform(&mut self, output: Self::Output, ctx: &mut Context<Self>);

    /// The wake-up that is set.
    fn timer(&mut self) -> &mut Option<SpawnHandle>;

    /// The call's legs.
    fn legs(&mut self) -> &mut Legs;

    /// An input, and all that follows of it.
    fn feed(&mut self, input: Self::Input, ctx: &mut Context<Self>) {
        self.take(Instant::now(), input);
        self.drain(ctx);
    }

    /// All the core wants.
    fn drain(&mut self, ctx: &mut Context<Self>) {
        while let Some(output) = self.poll() {
            self.perform(output, ctx);
        }
    }

    /// Sets the one wake-up.
    fn wake(&mut self, at: Instant, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer().take() {
            ctx.cancel_future(timer);
        }
        let wait = at.saturating_duration_since(Instant::now());
        let timer = ctx.run_later(wait, |call, ctx| {
            *call.timer() = None;
            call.feed(Self::TIMEOUT, ctx);
        });
        *self.timer() = Some(timer);
    }

    /// Nothing remains of the call.
    fn finish(&mut self, ctx: &mut Context<Self>) {
        self.legs().finish();
        ctx.stop();
    }
}
