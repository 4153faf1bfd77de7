//! After the accept: candidates, DTMF, renegotiation.

use std::time::Instant;

use call::{Party, Verdict};
use signal::call::{Call, CallRef, Candidate, Described};
use signal::{CallId, Code, EndReason, Error};

use super::call::{PeerCall, Stage};
use super::take_over::Claim;
use crate::leg::Leg;
use crate::screen;

/// The two legs of an answered call.
#[derive(Debug)]
pub(super) struct Pair {
    /// The side that created the call.
    pub creator: CallId,
    /// The side that answered.
    pub answerer: CallId,
    /// One of the two is new and not yet joined.
    pub claim: Option<Claim>,
}

impl Pair {
    pub fn has(&self, id: CallId) -> bool {
        id == self.creator || id == self.answerer
    }

    pub fn other(&self, id: CallId) -> CallId {
        if id == self.creator { self.answerer } else { self.creator }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.claim.as_ref().map(Claim::deadline)
    }
}

impl PeerCall {
    /// The far leg of a message that belongs into an established call.
    fn far_of(&mut self, id: CallId) -> Result<CallId, Error> {
        self.known(id)?.dialog.established()?;
        let Stage::Joined(pair) = &self.stage else { return Err(not_joined()) };
        let far = pair.other(id);
        match self.leg(far) {
            Some(leg) if leg.dialog.is_accepted() => Ok(far),
            Some(_) | None => Err(not_joined()),
        }
    }

    pub(super) fn pass_on(&mut self, id: CallId, mut message: Call) -> Result<(), Error> {
        if let Call::Dtmf(dtmf) = &message {
            call::dtmf::tones(&dtmf.dtmf)?;
        }
        if let Call::Info(info) = &mut message {
            // Who calls and how safe the call is are the engine's to say: the far end believes it.
            info.peer = None;
            info.more.clear();
        }
        let far = self.far_of(id)?;
        self.send(far, message);
        Ok(())
    }

    /// Establishes both legs; that of a leg that took over says nothing to the far end.
    pub(super) fn on_ack_accept(&mut self, now: Instant, id: CallId, body: CallRef) -> Result<(), Error> {
        self.known(id)?.dialog.ack_accept(Party::Browser)?;
        let Stage::Joined(pair) = &self.stage else { return Ok(()) };
        let far = pair.other(id);
        if self.known(far)?.dialog.ack_accept(Party::Engine).is_ok() {
            self.send(far, Call::AckAccept(body));
        }
        self.far_acknowledged(now);
        Ok(())
    }

    pub(super) fn on_candidate(&mut self, id: CallId, body: &Candidate) -> Result<(), Error> {
        let Some(init) = screen::candidate(body, &self.policy)? else { return Ok(()) };
        let message = Candidate::new(id, None, &init);
        match &self.stage {
            Stage::Inviting(_) => self.on_early_candidate(id, message),
            Stage::Joined(Pair { claim: Some(_), .. }) => self.on_claim_candidate(id, message),
            Stage::Joined(pair) if pair.has(id) => {
                let far = pair.other(id);
                self.send(far, Call::Candidate(message));
                Ok(())
            }
            Stage::Joined(_) | Stage::Over => Ok(()),
        }
    }

    pub(super) fn on_full_sdp(&mut self, now: Instant, id: CallId, mut body: Described) -> Result<(), Error> {
        body.sdp = screen::description(&body.sdp, &self.policy)?;
        match &self.stage {
            Stage::Inviting(_) => self.on_early_full_sdp(id, body),
            Stage::Joined(Pair { claim: Some(_), .. }) => {
                self.on_claim_full_sdp(now, id, body);
                Ok(())
            }
            Stage::Joined(pair) if pair.has(id) => {
                let far = pair.other(id);
                self.send(far, Call::FullSdp(body));
                Ok(())
            }
            Stage::Joined(_) | Stage::Over => Ok(()),
        }
    }

    /// `call.change.*`: the lock of both legs moves together.
    pub(super) fn on_change(&mut self, now: Instant, id: CallId, message: Call) -> Result<(), Error> {
        self.known(id)?.dialog.established()?;
        if let Stage::Joined(Pair { claim: Some(claim), .. }) = &self.stage
            && claim.far == id
        {
            return self.on_claim_change(now, message);
        }
        let Ok(far) = self.far_of(id) else {
            // The far end is being replaced: not now.
            self.reset(id);
            return Ok(());
        };
        let message = match self.screen_change(message) {
            Ok(message) => message,
            Err(error) => {
                self.reset_both(id, far);
                return Err(error);
            }
        };
        let until = now + self.timing.change;
        match step(self.known(id)?, Party::Browser, &message, until) {
            Verdict::Pass => match step(self.known(far)?, Party::Engine, &message, until) {
                Verdict::Pass => self.send(far, message),
                Verdict::Ignore | Verdict::Reset => {
                    // Every change moves both legs, so this is a fault of ours.
                    log::error!("gcid={} {}: the legs disagree on the lock", self.gcid, message.method());
                    self.reset_both(id, far);
                }
            },
            Verdict::Ignore => {}
            Verdict::Reset => self.reset_both(id, far),
        }
        Ok(())
    }

    /// The message with its description checked.
    pub(super) fn screen_change(&self, mut message: Call) -> Result<Call, Error> {
        if let Call::ChangeOffer(body) | Call::ChangeAnswer(body) = &mut message {
            body.sdp = screen::description(&body.sdp, &self.policy)?;
        }
        Ok(message)
    }

    /// Resets the leg whose message did not fit, and with it the change of the far leg.
    fn reset_both(&mut self, id: CallId, far: CallId) {
        self.reset(id);
        self.reset_change(far);
    }

    /// Takes back a change, if one is under way.
    pub(super) fn reset_change(&mut self, id: CallId) {
        if self.leg(id).is_some_and(|leg| !leg.change.is_free()) {
            self.reset(id);
        }
    }

    pub(super) fn reset(&mut self, id: CallId) {
        if let Some(leg) = self.leg(id) {
            leg.change.abort();
            self.send(id, Call::ChangeLockReset(CallRef { id, gcid: None }));
        }
    }

    pub(super) fn on_talk_timeout(&mut self, now: Instant) {
        let Stage::Joined(pair) = &self.stage else { return };
        if pair.claim.is_some() {
            return self.on_claim_timeout(now);
        }
        for id in [pair.creator, pair.answerer] {
            if self.leg(id).is_some_and(|leg| leg.change.expire(now)) {
                self.reset(id);
            }
        }
    }

    /// The call cannot be kept: the two sides cannot be brought together.
    pub(super) fn media_failed(&mut self, now: Instant, detail: &str) {
        self.end_all(now, EndReason::MediaFailed, Some(detail.to_owned()));
    }
}

/// One message of a change on one leg.
pub(super) fn step(leg: &mut Leg, by: Party, message: &Call, until: Instant) -> Verdict {
    match message {
        Call::ChangeLock(_) => leg.change.lock(by, until),
        Call::ChangeLockOk(_) => leg.change.lock_ok(by, until),
        Call::ChangeLockReset(_) => leg.change.lock_reset(by),
        Call::ChangeOffer(_) => leg.change.offer(by, until),
        Call::ChangeAnswer(_) => leg.change.answer(by),
        Call::Start(_)
        | Call::Alive(_)
        | Call::Ringing(_)
        | Call::Progress(_)
        | Call::Accept(_)
        | Call::AckAccept(_)
        | Call::Candidate(_)
        | Call::FullSdp(_)
        | Call::Dtmf(_)
        | Call::End(_)
        | Call::AckEnd(_)
        | Call::Transfer(_)
        | Call::TransferState(_)
        | Call::Info(_) => Verdict::Ignore,
    }
}

fn not_joined() -> Error {
    Error::new(Code::WrongState, "id: a call whose far end is there expected")
}
