//! Until the accept: branches, early candidates, the whole description.

use std::time::Instant;

use call::{Party, Role};
use signal::call::{Accept, Call, CallRef, Candidate, Described, Media, Ringing, Start};
use signal::{CallId, Code, EndReason, Error};

use super::call::{PeerCall, Stage};
use super::fork::Fork;
use super::talk::Pair;
use super::{Branch, Output};
use crate::leg::Leg;
use crate::{Timing, screen};

/// What is kept while branches ring.
#[derive(Debug)]
pub(super) struct Invite {
    pub caller: CallId,
    /// What each branch gets.
    offer: Start,
    /// With `trickle:false`: until when the whole description is waited for.
    gathering: Option<Instant>,
    /// Devices that wait for it too.
    waiting: Vec<Branch>,
    ring_until: Instant,
    alive: bool,
    ringing: bool,
    /// The branch whose early media the caller hears; the first that offered some.
    early: Option<CallId>,
    pub fork: Fork,
    /// The caller's page was reloaded: its new offer, for after the accept.
    pub claim: Option<Start>,
}

impl Invite {
    pub fn new(now: Instant, start: Start, timing: &Timing) -> Invite {
        let gathering = (!screen::is_whole(&start)).then(|| now + timing.full_sdp);
        Invite {
            caller: start.id,
            offer: start,
            gathering,
            waiting: Vec::new(),
            ring_until: now + timing.ring,
            alive: false,
            ringing: false,
            early: None,
            fork: Fork::default(),
            claim: None,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.gathering.into_iter().chain([self.ring_until]).min()
    }

    /// Devices that never got their `call.start`.
    pub fn take_waiting(&mut self) -> Vec<Branch> {
        std::mem::take(&mut self.waiting)
    }

    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What the caller's new page has to be told of what the old one knew: alive, ringing.
    pub fn told(&self) -> (bool, bool) {
        (self.alive, self.ringing)
    }
}

impl PeerCall {
    pub(super) fn on_branches(&mut self, branches: Vec<Branch>) {
        let Stage::Inviting(invite) = &mut self.stage else { return };
        invite.waiting.extend(branches);
        if invite.gathering.is_none() {
            self.start_branches();
        }
    }

    pub(super) fn on_unreachable(&mut self, now: Instant, reason: EndReason) {
        if matches!(self.stage, Stage::Inviting(_)) {
            self.end_all(now, reason, None);
        }
    }

    /// Rings whoever waits.
    fn start_branches(&mut self) {
        let Stage::Inviting(invite) = &mut self.stage else { return };
        let (waiting, caller) = (invite.take_waiting(), invite.caller);
        // A new page's candidates do not belong to the old page's offer.
        let has_old_page = invite.claim.is_none();
        let Ok(offer) = screened(&invite.offer, &self.policy) else { return };
        let from_caller = self.legs.iter().find(|leg| leg.id == caller && has_old_page);
        let held = from_caller.map(|leg| leg.held.clone()).unwrap_or_default();
        for branch in waiting {
            if self.leg(branch.leg).is_some() {
                // Two legs of one id could not be told apart.
                log::error!("gcid={} call={}: this leg is there already", self.gcid, branch.leg);
                continue;
            }
            self.legs.push(Leg::new(branch.leg, Role::Callee));
            let start = Start { account: branch.account, ..offer.clone() };
            self.send(branch.leg, Call::Start(Box::new(start)));
            if let Some(sdp) = offer.sdp.clone().filter(|_| !offer.trickle) {
                // The callee waits for it, as `trickle:false` says.
                self.send(branch.leg, Call::FullSdp(Described { id: branch.leg, gcid: None, sdp }));
            }
            for candidate in held.iter().cloned() {
                self.send(branch.leg, Call::Candidate(Candidate { id: branch.leg, gcid: None, candidate }));
            }
        }
    }

    pub(super) fn on_invite_timeout(&mut self, now: Instant) {
        let Stage::Inviting(invite) = &mut self.stage else { return };
        if invite.ring_until <= now {
            return self.end_all(now, EndReason::NoAnswer, None);
        }
        if invite.gathering.is_some_and(|until| until <= now) {
            invite.gathering = None;
            match invite.offer.sdp {
                Some(_) => self.start_branches(),
                None => self.end_all(now, EndReason::NotAcceptable, Some("sdp: an offer expected".into())),
            }
        }
    }

    /// The first branch that lives says it for all.
    pub(super) fn on_alive(&mut self, id: CallId, body: CallRef) -> Result<(), Error> {
        self.known(id)?.dialog.provisional(Party::Browser)?;
        if let Stage::Inviting(invite) = &mut self.stage
            && !std::mem::replace(&mut invite.alive, true)
        {
            let caller = invite.caller;
            self.send(caller, Call::Alive(body));
        }
        Ok(())
    }

    /// The first branch that rings says it for all.
    pub(super) fn on_ringing(&mut self, id: CallId, body: Ringing) -> Result<(), Error> {
        self.known(id)?.dialog.provisional(Party::Browser)?;
        if let Stage::Inviting(invite) = &mut self.stage
            && !std::mem::replace(&mut invite.ringing, true)
        {
            let caller = invite.caller;
            self.send(caller, Call::Ringing(Ringing { account: None, ..body }));
        }
        Ok(())
    }

    /// Early media of the first branch that has some; the caller can hear only one.
    pub(super) fn on_progress(&mut self, id: CallId, mut body: Described) -> Result<(), Error> {
        self.known(id)?.dialog.provisional(Party::Browser)?;
        body.sdp = screen::description(&body.sdp, &self.policy)?;
        let Stage::Inviting(invite) = &mut self.stage else { return Ok(()) };
        let caller = invite.caller;
        if *invite.early.get_or_insert(id) == id && invite.claim.is_none() {
            self.send(caller, Call::Progress(body));
            self.release(id, caller);
        }
        Ok(())
    }

    /// The first accept wins.
    pub(super) fn on_accept(&mut self, now: Instant, id: CallId, mut body: Accept) -> Result<(), Error> {
        let until = now + self.timing.ack_accept;
        let answer = answer(&body, &self.policy);
        self.known(id)?.dialog.accept(Party::Browser, until)?;
        match answer {
            Ok(answer) => body.sdp = answer,
            Err(error) => {
                // It believes to have answered: it must hear that it has not.
                let detail = Some(error.message.clone());
                self.end_leg(now, id, EndReason::NotAcceptable, detail.clone());
                self.branch_refused(now, EndReason::NotAcceptable, detail);
                return Err(error);
            }
        }
        let Stage::Inviting(invite) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        self.end_losers(now, invite.caller, id);
        self.stage = Stage::Joined(Pair { creator: invite.caller, answerer: id, claim: None });
        self.output(Output::Answered { leg: id });
        match invite.claim {
            Some(offer) => self.claim_answered(now, offer, id),
            None => self.accept_caller(now, invite.caller, id, body),
        }
        Ok(())
    }

    fn accept_caller(&mut self, now: Instant, caller: CallId, callee: CallId, body: Accept) {
        let until = now + self.timing.ack_accept;
        // A caller that is not calling has ended, and then nothing is inviting.
        let Some(Ok(())) = self.leg(caller).map(|leg| leg.dialog.accept(Party::Engine, until)) else { return };
        self.send(caller, Call::Accept(Accept { account: None, ..body }));
        self.release(callee, caller);
    }

    fn end_losers(&mut self, now: Instant, caller: CallId, winner: CallId) {
        let losers: Vec<_> = self.legs.iter().map(|leg| leg.id).filter(|id| *id != caller && *id != winner).collect();
        losers.into_iter().for_each(|id| self.end_leg(now, id, EndReason::AnsweredElsewhere, None));
    }

    /// A candidate while it rings: the caller's goes to every branch, now and later; a
    /// branch's waits for its description to be the caller's.
    pub(super) fn on_early_candidate(&mut self, id: CallId, message: Candidate) -> Result<(), Error> {
        let Stage::Inviting(invite) = &self.stage else { return Ok(()) };
        let (caller, is_early) = (invite.caller, invite.early == Some(id) && invite.claim.is_none());
        if is_early {
            self.send(caller, Call::Candidate(message));
            return Ok(());
        }
        let bytes = message.candidate.payload.as_str().map_or(0, str::len);
        self.known(id)?.held.push(message.candidate.clone(), bytes)?;
        if id == caller && !self.is_claimed() {
            self.send_branches(&Call::Candidate(message));
        }
        Ok(())
    }

    /// `call.fullsdp` while it rings.
    pub(super) fn on_early_full_sdp(&mut self, id: CallId, body: Described) -> Result<(), Error> {
        let Stage::Inviting(invite) = &mut self.stage else { return Ok(()) };
        let caller = invite.caller;
        if id != caller {
            if invite.early != Some(id) {
                return Err(Error::new(Code::WrongState, "id: a leg that has sent call.accept expected"));
            }
            self.send(caller, Call::FullSdp(body));
        } else if let Some(claim) = &mut invite.claim {
            claim.sdp = Some(body.sdp);
        } else {
            invite.offer.sdp = Some(body.sdp.clone());
            match invite.gathering.take() {
                Some(_) => self.start_branches(),
                None => self.send_branches(&Call::FullSdp(body)),
            }
        }
        Ok(())
    }

    fn is_claimed(&self) -> bool {
        matches!(&self.stage, Stage::Inviting(invite) if invite.claim.is_some())
    }

    /// To every branch that rings.
    fn send_branches(&mut self, message: &Call) {
        let rings = |leg: &&Leg| leg.dialog.role() == Role::Callee && leg.dialog.is_live();
        let branches: Vec<_> = self.legs.iter().filter(rings).map(|leg| leg.id).collect();
        branches.into_iter().for_each(|id| self.send(id, message.clone()));
    }

    /// What `from` said too early goes to `to`.
    pub(super) fn release(&mut self, from: CallId, to: CallId) {
        let held = self.leg(from).map(|leg| leg.held.take()).unwrap_or_default();
        for candidate in held {
            self.send(to, Call::Candidate(Candidate { id: to, gcid: None, candidate }));
        }
    }
}

/// `call.start` as every branch gets it, but for the account.
fn screened(offer: &Start, policy: &sdp::AddressPolicy) -> Result<Start, Error> {
    let mut start = Start { replace: false, ..offer.clone() };
    if let Some(text) = &offer.sdp {
        let mut sdp = screen::read(text)?;
        sdp.restrict(policy);
        start.media = Some(Media { audio: sdp.offers("audio"), video: sdp.offers("video") });
        start.sdp = Some(sdp.to_string());
    }
    Ok(start)
}

/// The answer of an accept; it may follow as `call.fullsdp` when nothing trickles.
fn answer(accept: &Accept, policy: &sdp::AddressPolicy) -> Result<Option<String>, Error> {
    match &accept.sdp {
        Some(text) => screen::description(text, policy).map(Some),
        None if accept.trickle => Err(Error::field("sdp", "an answer")),
        None => Ok(None),
    }
}
