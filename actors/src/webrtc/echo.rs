//! One call to the user `echo`: the shell of [`gateway::echo`] and of a media peer.
//!
//! Started by the caller's B2BUA, on the caller's lane. Addressed by that B2BUA and
//! by its media worker's events. Ends with the call.

use std::sync::Arc;
use std::time::Instant;

use actix::{Actor, AsyncContext, Context, Handler, Message as ActixMessage, Recipient, SpawnHandle};
use gateway::echo::{EchoCall as Core, Input, MediaCommand, MediaEvent, Output};

use crate::calls::{FromLeg, LegInput, Legs, Shell, end_of, verdict};
use crate::limits::ACTOR_MAILBOX;
use crate::media::{Event, Kind, PeerHandle, PeerId, Sink};

/// See the module.
pub struct EchoCall {
    core: Core,
    legs: Legs,
    media: Option<PeerHandle>,
    timer: Option<SpawnHandle>,
}

impl EchoCall {
    /// The call of `core`; `legs` holds the caller's.
    pub fn new(core: Core, legs: Legs) -> EchoCall {
        EchoCall { core, legs, media: None, timer: None }
    }

    fn command(&mut self, command: MediaCommand, ctx: &mut Context<Self>) {
        match command {
            MediaCommand::Open { sdp } => {
                let actor: Recipient<FromMedia> = ctx.address().recipient();
                // An event that finds the mailbox full is a report more or less; a call that
                // cannot take its events in time is ended by its own timers.
                let sink: Sink = Arc::new(move |peer, event| {
                    let _ = actor.try_send(FromMedia { peer, event });
                });
                let peer = self.legs.exchange().media.open(Kind::Echo, sink);
                peer.offer(sdp);
                self.media = Some(peer);
            }
            MediaCommand::Offer { sdp } => self.with_media(|media| media.offer(sdp)),
            MediaCommand::Candidate { candidate } => self.with_media(|media| media.candidate(candidate)),
            MediaCommand::Close => self.media = None,
        }
    }

    fn with_media(&self, act: impl FnOnce(&PeerHandle)) {
        if let Some(media) = &self.media {
            act(media);
        }
    }
}

impl Shell for EchoCall {
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
            Output::Media(command) => self.command(command, ctx),
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

impl Actor for EchoCall {
    type Context = Context<EchoCall>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        self.drain(ctx);
    }
}

impl Handler<FromLeg> for EchoCall {
    type Result = ();

    fn handle(&mut self, FromLeg { leg, input }: FromLeg, ctx: &mut Self::Context) {
        let input = match input {
            LegInput::Message { message, reference } => {
                self.legs.heard(leg, &message, reference);
                Input::Browser { message }
            }
            // The page that was reloaded; the call goes on with the new one.
            LegInput::Lost if self.legs.is_over(leg) => return,
            LegInput::Lost => Input::LegLost,
            LegInput::TakeOver { start, route } => {
                if !self.legs.take_over(leg, start.id, *route) {
                    return;
                }
                Input::TakeOver { start }
            }
            // It rings nobody, and there is no phone here.
            LegInput::LateDevice { .. } | LegInput::AskPhone(_) => return,
            LegInput::End(reason) => Input::Browser { message: end_of(leg, reason) },
        };
        self.feed(input, ctx);
    }
}

/// From a media worker.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct FromMedia {
    /// Which peer.
    peer: PeerId,
    /// What it reports.
    event: Event,
}

impl Handler<FromMedia> for EchoCall {
    type Result = ();

    fn handle(&mut self, FromMedia { peer, event }: FromMedia, ctx: &mut Self::Context) {
        // A peer that was taken over may still have events on their way.
        if self.media.as_ref().is_none_or(|media| media.id() != peer) {
            return;
        }
        let event = match event {
            Event::Answer { sdp } => MediaEvent::Answer { sdp },
            Event::Refused { detail } => MediaEvent::Refused { detail },
            Event::Failed { detail } => MediaEvent::Failed { detail },
            Event::Connected => MediaEvent::Connected,
            Event::Disconnected => MediaEvent::Disconnected,
            Event::Dtmf { digit, .. } => MediaEvent::Dtmf { digit },
            Event::Stats(stats) => return self.legs.media(verdict(&stats)),
        };
        self.feed(Input::Media(event), ctx);
    }
}
