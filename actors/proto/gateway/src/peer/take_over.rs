//! A reloaded page claims its leg: `call.start replace:true`.
//!
//! The new page has a new peer connection, so the far end needs its description: one
//! renegotiation, in which the engine is the side that asks. The far end's answer becomes
//! the `call.accept` of the new leg. The offer's `o=` session id tells the far end that it
//! meets a new peer connection.
//!
//! ```text
//!                    lock                lock.ok, offer             answer
//!   Waiting ────────────────► Asked ────────────────► Offered ────────────► accept on the new leg
//!      ▲ delay                  │                        │
//!      └────────────────────────┴────────────────────────┘ lock.reset, crossing lock, bound
//! ```
//!
//! A caller that is claimed while branches ring is renegotiated right after the accept. A
//! callee cannot be claimed before it has accepted: its new page is just a new branch.
//! Both sides at once cannot be kept: two offers have no answer.

use std::time::{Duration, Instant};

use call::change::{CREATOR_RETRY_MS, OTHER_RETRY_MS};
use call::{Party, Role, Verdict};
use signal::call::{Accept, Call, CallRef, Candidate, Described, Ringing, Start};
use signal::{CallId, EndReason, Error};

use super::call::{PeerCall, Stage};
use super::talk::{Pair, step};
use crate::leg::Leg;
use crate::screen;

/// A leg that is being taken over.
#[derive(Debug)]
pub(super) struct Claim {
    /// The new leg.
    leg: CallId,
    /// The one that is to agree.
    pub far: CallId,
    sdp: Option<String>,
    state: State,
    give_up: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// For the whole description, for the far end to be established, or for the next attempt.
    Waiting(Instant),
    Asked,
    Offered,
}

impl Claim {
    pub fn deadline(&self) -> Instant {
        match self.state {
            State::Waiting(until) => until.min(self.give_up),
            State::Asked | State::Offered => self.give_up,
        }
    }
}

impl PeerCall {
    pub(super) fn on_take_over(&mut self, now: Instant, old: CallId, start: Start) {
        let new = start.id;
        if self.leg(new).is_some() {
            return self.refuse(new, Error::new(signal::Code::WrongState, "id: an id not yet used expected"));
        }
        self.legs.push(Leg::new(new, Role::Caller));
        if let Err(error) = screen::start(&start) {
            let detail = Some(error.message.clone());
            self.refuse(new, error);
            return self.end_leg(now, new, EndReason::NotAcceptable, detail);
        }
        match &mut self.stage {
            Stage::Inviting(invite) if invite.caller == old => {
                invite.caller = new;
                let (alive, ringing) = invite.told();
                invite.claim = Some(start);
                self.end_leg(now, old, EndReason::Replaced, None);
                self.tell_again(new, alive, ringing);
            }
            Stage::Joined(pair) if pair.has(old) => self.claim_joined(now, old, start),
            Stage::Inviting(_) | Stage::Joined(_) | Stage::Over => {
                self.end_leg(now, new, EndReason::Unavailable, Some("there is nothing to take over".into()));
            }
        }
    }

    /// The new page learns how far the call was.
    fn tell_again(&mut self, id: CallId, alive: bool, ringing: bool) {
        if alive {
            self.send(id, Call::Alive(CallRef { id, gcid: None }));
        }
        if ringing {
            self.send(id, Call::Ringing(Ringing { id, gcid: None, account: None }));
        }
    }

    fn claim_joined(&mut self, now: Instant, old: CallId, start: Start) {
        let new = start.id;
        let Stage::Joined(pair) = &mut self.stage else { return };
        let far = pair.other(old);
        if pair.creator == old {
            pair.creator = new;
        } else {
            pair.answerer = new;
        }
        let claims_both = pair.claim.as_ref().is_some_and(|claim| claim.leg == far);
        self.end_leg(now, old, EndReason::Replaced, None);
        self.tell_again(new, true, false);
        if claims_both {
            return self.media_failed(now, "both pages were reloaded at once");
        }
        self.begin_claim(now, start, far);
    }

    /// The branch accepted a caller whose page is a new one.
    pub(super) fn claim_answered(&mut self, now: Instant, start: Start, far: CallId) {
        self.begin_claim(now, start, far);
    }

    fn begin_claim(&mut self, now: Instant, start: Start, far: CallId) {
        let leg = start.id;
        let until = if screen::is_whole(&start) { now } else { now + self.timing.full_sdp };
        let give_up = now + self.timing.take_over;
        let claim = Claim { leg, far, sdp: start.sdp, state: State::Waiting(until), give_up };
        if let Stage::Joined(pair) = &mut self.stage {
            pair.claim = Some(claim);
        }
        // Its accept may still be unconfirmed; the old page will not do it any more.
        if self.leg(far).is_some_and(|leg| leg.dialog.ack_accept(Party::Engine).is_ok()) {
            self.send(far, Call::AckAccept(CallRef { id: far, gcid: None }));
        }
        if let Some(leg) = self.leg(far) {
            // Candidates of a description that no longer counts.
            drop(leg.held.take());
        }
        self.reset_change(far);
        self.ask(now);
    }

    /// Asks the far end for the lock, if it is time to.
    fn ask(&mut self, now: Instant) {
        let until = now + self.timing.change;
        let Stage::Joined(Pair { claim: Some(claim), .. }) = &mut self.stage else { return };
        let far = claim.far;
        let due = matches!(claim.state, State::Waiting(at) if at <= now);
        let Some(leg) = self.legs.iter_mut().find(|leg| leg.id == far).filter(|_| due) else { return };
        if !leg.dialog.is_established() {
            // `far_acknowledged` comes back to this.
            claim.state = State::Waiting(claim.give_up);
        } else if leg.change.lock(Party::Engine, until) == Verdict::Pass {
            claim.state = State::Asked;
            self.send(far, Call::ChangeLock(CallRef { id: far, gcid: None }));
        }
    }

    /// A leg was established: maybe the one a claim waits for.
    pub(super) fn far_acknowledged(&mut self, now: Instant) {
        if let Stage::Joined(Pair { claim: Some(claim), .. }) = &mut self.stage
            && claim.state == State::Waiting(claim.give_up)
        {
            claim.state = State::Waiting(now);
            self.ask(now);
        }
    }

    /// `call.change.*` of the far end.
    pub(super) fn on_claim_change(&mut self, now: Instant, message: Call) -> Result<(), Error> {
        let Stage::Joined(Pair { claim: Some(claim), .. }) = &self.stage else { return Ok(()) };
        let far = claim.far;
        let until = now + self.timing.change;
        let message = match self.screen_change(message) {
            Ok(message) => message,
            Err(error) => {
                self.reset(far);
                self.try_later(now);
                return Err(error);
            }
        };
        let verdict = step(self.known(far)?, Party::Browser, &message, until);
        match (verdict, message) {
            (Verdict::Pass, Call::ChangeLockOk(_)) => self.offer(now),
            (Verdict::Pass, Call::ChangeAnswer(answer)) => self.join(now, answer),
            (Verdict::Pass, Call::ChangeLockReset(_)) => self.try_later(now),
            (Verdict::Ignore, _) => {}
            // A lock of its own, or what does not fit.
            (Verdict::Pass | Verdict::Reset, _) => {
                self.reset(far);
                self.try_later(now);
            }
        }
        Ok(())
    }

    fn offer(&mut self, now: Instant) {
        let until = now + self.timing.change;
        let Stage::Joined(Pair { claim: Some(claim), .. }) = &mut self.stage else { return };
        let (leg, far) = (claim.leg, claim.far);
        let sdp = claim.sdp.as_deref().map(|text| screen::description(text, &self.policy));
        let Some(Ok(sdp)) = sdp else { return self.media_failed(now, "the new page has no offer") };
        claim.state = State::Offered;
        if let Some(leg) = self.leg(far) {
            leg.change.offer(Party::Engine, until);
        }
        self.send(far, Call::ChangeOffer(Described { id: far, gcid: None, sdp }));
        self.release(leg, far);
    }

    /// The far end's answer is the new leg's accept.
    fn join(&mut self, now: Instant, answer: Described) {
        let until = now + self.timing.ack_accept;
        let Stage::Joined(pair) = &mut self.stage else { return };
        let Some(claim) = pair.claim.take() else { return };
        let (id, far) = (claim.leg, claim.far);
        let Some(Ok(())) = self.leg(id).map(|leg| leg.dialog.accept(Party::Engine, until)) else { return };
        let accept = Accept { id, gcid: None, account: None, trickle: true, sdp: Some(answer.sdp) };
        self.send(id, Call::Accept(accept));
        self.release(far, id);
    }

    /// The next attempt, after the delay of the side the engine speaks for.
    fn try_later(&mut self, now: Instant) {
        let Stage::Joined(Pair { claim: Some(claim), creator, .. }) = &mut self.stage else { return };
        if matches!(claim.state, State::Waiting(_)) {
            return;
        }
        let range = if claim.leg == *creator { CREATOR_RETRY_MS } else { OTHER_RETRY_MS };
        claim.state = State::Waiting(now + Duration::from_millis(self.random.u64(range)));
        let far = claim.far;
        if let Some(leg) = self.leg(far) {
            drop(leg.held.take());
        }
    }

    /// The new page's candidates follow its offer; the far end's follow its answer, and those
    /// from before belong to the old page.
    pub(super) fn on_claim_candidate(&mut self, id: CallId, message: Candidate) -> Result<(), Error> {
        let Stage::Joined(Pair { claim: Some(claim), .. }) = &self.stage else { return Ok(()) };
        let (far, offered) = (claim.far, claim.state == State::Offered);
        if id == claim.leg && offered {
            self.send(far, Call::Candidate(message));
        } else if id == claim.leg || offered {
            let bytes = message.candidate.payload.as_str().map_or(0, str::len);
            self.known(id)?.held.push(message.candidate, bytes)?;
        }
        Ok(())
    }

    pub(super) fn on_claim_full_sdp(&mut self, now: Instant, id: CallId, body: Described) {
        let Stage::Joined(Pair { claim: Some(claim), .. }) = &mut self.stage else { return };
        if id != claim.leg {
            return;
        }
        match claim.state {
            State::Offered => {
                let far = claim.far;
                self.send(far, Call::FullSdp(body));
            }
            State::Waiting(_) | State::Asked => claim.sdp = Some(body.sdp),
        }
        if let Stage::Joined(Pair { claim: Some(claim), .. }) = &mut self.stage
            && matches!(claim.state, State::Waiting(until) if until < claim.give_up)
        {
            claim.state = State::Waiting(now);
            self.ask(now);
        }
    }

    pub(super) fn on_claim_timeout(&mut self, now: Instant) {
        let Stage::Joined(Pair { claim: Some(claim), .. }) = &self.stage else { return };
        if claim.give_up <= now {
            return self.media_failed(now, "the far end did not agree to the new page");
        }
        let far = claim.far;
        if self.leg(far).is_some_and(|leg| leg.change.expire(now)) {
            self.reset(far);
            self.try_later(now);
        }
        self.ask(now);
    }
}
