//! Renegotiation with the browser: the engine grants every lock and lets its media
//! peer answer every offer; it never asks for a change itself.

use std::time::Instant;

use call::{Party, Verdict};
use signal::call::{Call, CallRef, Described};
use signal::{Code, Error};

use super::MediaCommand;
use super::call::EchoCall;
use crate::leg::Leg;
use crate::screen;

impl EchoCall {
    pub(super) fn on_lock(&mut self, now: Instant) -> Result<(), Error> {
        let until = now + self.timing.change;
        let leg = self.established()?;
        let id = leg.id;
        match leg.change.lock(Party::Browser, until) {
            Verdict::Pass => {
                leg.change.lock_ok(Party::Engine, until);
                self.send(Call::ChangeLockOk(CallRef { id, gcid: None }));
            }
            Verdict::Ignore | Verdict::Reset => self.reset(),
        }
        Ok(())
    }

    pub(super) fn on_offer(&mut self, now: Instant, body: &Described) -> Result<(), Error> {
        let until = now + self.timing.change;
        self.established()?;
        let sdp = match screen::description(&body.sdp, &self.policy) {
            Ok(sdp) => sdp,
            Err(error) => {
                self.reset();
                return Err(error);
            }
        };
        match self.established()?.change.offer(Party::Browser, until) {
            Verdict::Pass => self.command(MediaCommand::Offer { sdp }),
            Verdict::Ignore | Verdict::Reset => self.reset(),
        }
        Ok(())
    }

    pub(super) fn on_lock_reset(&mut self) -> Result<(), Error> {
        self.established()?.change.lock_reset(Party::Browser);
        Ok(())
    }

    /// A grant or an answer of what the engine never asked.
    pub(super) fn on_unasked(&mut self) -> Result<(), Error> {
        self.established()?;
        self.reset();
        Ok(())
    }

    fn established(&mut self) -> Result<&mut Leg, Error> {
        let leg = self.leg().ok_or_else(|| Error::new(Code::UnknownCall, "id: a call of this session expected"))?;
        leg.dialog.established()?;
        Ok(leg)
    }

    /// The media peer's answer to a further offer.
    pub(super) fn answer_change(&mut self, sdp: String) {
        let Some(leg) = self.leg() else { return };
        let id = leg.id;
        // One that comes after a reset is of an offer taken back.
        if leg.change.is_offered() && leg.change.answer(Party::Engine) == Verdict::Pass {
            self.send(Call::ChangeAnswer(Described { id, gcid: None, sdp }));
        }
    }

    pub(super) fn on_change_timeout(&mut self, now: Instant) {
        if self.leg().is_some_and(|leg| leg.change.expire(now)) {
            self.reset();
        }
    }

    pub(super) fn reset(&mut self) {
        let Some(leg) = self.leg() else { return };
        let id = leg.id;
        leg.change.abort();
        self.send(Call::ChangeLockReset(CallRef { id, gcid: None }));
    }
}
