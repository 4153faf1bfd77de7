//! What passes between the call and its media peer.

use std::time::Instant;

use signal::call::Candidate;
use signal::{EndReason, Error};

use super::call::{EchoCall, Stage};
use super::{MediaCommand, MediaEvent};
use crate::screen;

impl EchoCall {
    pub(super) fn on_media(&mut self, now: Instant, event: MediaEvent) {
        if matches!(self.stage, Stage::Over | Stage::Gathering { .. }) {
            return;
        }
        match event {
            MediaEvent::Answer { sdp } => match self.stage {
                Stage::Answering { .. } => self.accept(now, sdp),
                Stage::Talking => self.answer_change(sdp),
                Stage::Gathering { .. } | Stage::Over => {}
            },
            MediaEvent::Refused { detail } => self.on_refused(now, detail),
            MediaEvent::Failed { detail } => self.end(now, EndReason::MediaFailed, Some(detail)),
            MediaEvent::Connected => self.media_until = None,
            MediaEvent::Disconnected => {
                self.media_until.get_or_insert(now + self.timing.media_lost);
            }
            MediaEvent::Dtmf { digit } => self.report(digit),
        }
    }

    /// Without an answer there is no call; a change that cannot be is just taken back.
    fn on_refused(&mut self, now: Instant, detail: String) {
        let is_offered = self.leg().is_some_and(|leg| leg.change.is_offered());
        match self.stage {
            Stage::Answering { .. } => self.end(now, EndReason::NotAcceptable, Some(detail)),
            Stage::Talking if is_offered => self.reset(),
            Stage::Gathering { .. } | Stage::Talking | Stage::Over => {}
        }
    }

    /// The media peer gets candidates as soon as it exists.
    pub(super) fn on_candidate(&mut self, body: &Candidate) -> Result<(), Error> {
        let Some(init) = screen::candidate(body, &self.policy)? else { return Ok(()) };
        match self.stage {
            // The whole description will have it.
            Stage::Gathering { .. } | Stage::Over => {}
            // The engine does not count on the end of candidates.
            Stage::Answering { .. } | Stage::Talking if init.is_end() => {}
            Stage::Answering { .. } | Stage::Talking => {
                self.command(MediaCommand::Candidate { candidate: init.candidate });
            }
        }
        Ok(())
    }
}
