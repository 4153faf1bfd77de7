//! Ends and lost clients.

use std::time::Instant;

use call::Role;
use call::dialog::Ended;
use signal::call::{Call, CallRef, End};
use signal::{CallId, EndReason};

use super::Output;
use super::call::{PeerCall, Stage};
use super::fork::refusal;

impl PeerCall {
    pub(super) fn on_end(&mut self, now: Instant, id: CallId, end: End) {
        let is_inviting = matches!(self.stage, Stage::Inviting(_));
        let Some(leg) = self.leg(id) else { return };
        let word = end.reason.as_deref().unwrap_or_default();
        let (reason, own_word) = EndReason::from_wire(word, !is_inviting);
        let reason = match leg.dialog.role() {
            Role::Callee if is_inviting => refusal(reason),
            Role::Caller if is_inviting => EndReason::Canceled,
            Role::Caller | Role::Callee => reason,
        };
        let detail = end.detail.or(own_word);
        match leg.dialog.on_end() {
            Ended::Now => {
                self.send(id, Call::AckEnd(CallRef { id, gcid: None }));
                self.ended(id, reason, true, detail.clone());
                self.after_end(now, id, reason, detail);
            }
            Ended::Crossed => self.send(id, Call::AckEnd(CallRef { id, gcid: None })),
            Ended::Before => {}
        }
    }

    pub(super) fn on_leg_lost(&mut self, now: Instant, id: CallId) {
        let Some(leg) = self.leg(id) else { return };
        let was_live = leg.dialog.is_live();
        leg.dialog.lose();
        if was_live {
            self.ended(id, EndReason::ConnectionLost, false, None);
            self.after_end(now, id, EndReason::ConnectionLost, None);
        }
    }

    /// What the end of one leg means for the others.
    fn after_end(&mut self, now: Instant, id: CallId, reason: EndReason, detail: Option<String>) {
        match &self.stage {
            Stage::Inviting(invite) if invite.caller == id => self.end_all(now, EndReason::Canceled, detail),
            Stage::Inviting(_) => self.branch_refused(now, reason, detail),
            Stage::Joined(pair) if pair.has(id) => self.end_all(now, reason, detail),
            Stage::Joined(_) | Stage::Over => {}
        }
    }

    /// A branch has ended without an accept.
    pub(super) fn branch_refused(&mut self, now: Instant, reason: EndReason, detail: Option<String>) {
        let rings = self.legs.iter().any(|leg| leg.dialog.role() == Role::Callee && leg.dialog.is_live());
        let Stage::Inviting(invite) = &mut self.stage else { return };
        let is_last = !rings && !invite.has_waiting();
        if invite.fork.refused(reason, detail) || is_last {
            let (reason, detail) = invite.fork.best();
            self.end_all(now, reason, detail);
        }
    }

    /// Ends whatever still lives.
    pub(super) fn end_all(&mut self, now: Instant, reason: EndReason, detail: Option<String>) {
        if let Stage::Inviting(invite) = &mut self.stage {
            let waiting = invite.take_waiting();
            waiting.into_iter().for_each(|branch| self.ended(branch.leg, reason, false, detail.clone()));
        }
        self.stage = Stage::Over;
        let legs: Vec<_> = self.legs.iter().map(|leg| leg.id).collect();
        legs.into_iter().for_each(|id| self.end_leg(now, id, reason, detail.clone()));
    }

    /// Ends one leg, if it lives.
    pub(super) fn end_leg(&mut self, now: Instant, id: CallId, reason: EndReason, detail: Option<String>) {
        let until = now + self.timing.ack_end;
        if self.leg(id).is_some_and(|leg| leg.dialog.end(until)) {
            let word = Some(reason.word().to_owned());
            self.send(id, Call::End(End { id, gcid: None, reason: word, detail: detail.clone() }));
            self.ended(id, reason, false, detail);
        }
    }

    fn ended(&mut self, leg: CallId, reason: EndReason, by_leg: bool, detail: Option<String>) {
        self.output(Output::LegEnded { leg, reason, by_leg, detail });
    }
}
