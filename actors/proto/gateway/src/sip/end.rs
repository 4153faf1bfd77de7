//! Ends of every kind.

use std::time::Instant;

use call::Role;
use call::dialog::Ended;
use signal::call::{Call, CallRef, End};
use signal::{CallId, EndReason};

use super::call::{SipCall, Stage};
use super::io::Output;
use super::reasons;
use crate::peer::fork::refusal;

impl SipCall {
    /// The browser's `call.end`.
    pub(super) fn on_end(&mut self, now: Instant, id: CallId, end: End) {
        let is_ringing = self.ringing().is_some_and(|ring| ring.winner.is_none());
        let is_answered = matches!(self.stage, Stage::Talking(_));
        let Some(leg) = self.leg(id) else { return };
        let word = end.reason.as_deref().unwrap_or_default();
        let (reason, own_word) = EndReason::from_wire(word, is_answered);
        let reason = match leg.dialog.role() {
            Role::Callee if is_ringing => refusal(reason),
            Role::Caller if !is_answered => EndReason::Canceled,
            Role::Caller | Role::Callee => reason,
        };
        let detail = end.detail.or(own_word);
        let ended = leg.dialog.on_end();
        if ended != Ended::Before {
            self.send(id, Call::AckEnd(CallRef { id, gcid: None }));
        }
        if ended == Ended::Now {
            self.ended(id, reason, true, detail.clone());
            self.after_end(now, id, reason, detail);
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

    /// What the end of one leg means for the rest.
    fn after_end(&mut self, now: Instant, id: CallId, reason: EndReason, detail: Option<String>) {
        if self.browser() == Some(id) {
            self.end_all(now, reason, detail);
        } else if matches!(self.stage, Stage::Ringing(_)) {
            self.branch_refused(now, reason, detail);
        }
    }

    /// A branch has ended without an accept.
    pub(super) fn branch_refused(&mut self, now: Instant, reason: EndReason, detail: Option<String>) {
        let rings = self.legs.iter().any(|leg| leg.dialog.is_live());
        let Some(ring) = self.ringing().filter(|ring| ring.winner.is_none()) else { return };
        let is_last = !rings && !ring.has_waiting();
        if ring.fork.refused(reason, detail) || is_last {
            let (reason, detail) = ring.fork.best();
            self.end_all(now, reason, detail);
        }
    }

    /// Ends whatever still lives, on both sides.
    pub(super) fn end_all(&mut self, now: Instant, reason: EndReason, detail: Option<String>) {
        let waiting = self.ringing().map(super::ring::Ring::take_waiting).unwrap_or_default();
        waiting.into_iter().for_each(|branch| self.ended(branch.leg, reason, false, detail.clone()));
        self.stage = Stage::Over;
        for phone in &mut self.phones {
            phone.leave(reasons::status(reason), &reasons::headers(reason), Some(reasons::header(reason)));
        }
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
