//! The renegotiation lock of one leg (protocol section 5, after RFC 3261 14.1).
//!
//! ```text
//!            lock              lock.ok             offer
//!   Free ──────────► Asked ──────────► Granted ──────────► Offered
//!    ▲                 │ crossing lock    │                   │ answer
//!    └─────────────────┴──────────────────┴───────────────────┘
//!              lock.reset, or no progress in time: from everywhere
//! ```
//!
//! The asker sends `lock` and `offer`, the other `lock.ok` and `answer`. Either may reset.
//!
//! A reset can cross an answer: then the answerer has applied a change that the asker has
//! taken back. Since each socket keeps its order, that reset is the first thing the
//! asker says after the answer. So: a reset that comes to an answerer before any `lock` or `lock.ok` obliges
//! it to ask for a change itself, which brings both together again; and here such a
//! reset is passed on even if the leg is free.

use std::ops::RangeInclusive;
use std::time::Instant;

use crate::Party;

/// How long the side that created the call waits after crossing locks, in ms (RFC 3261 14.1).
pub const CREATOR_RETRY_MS: RangeInclusive<u64> = 2_100..=4_000;
/// How long the other side waits, in ms.
pub const OTHER_RETRY_MS: RangeInclusive<u64> = 0..=2_000;

/// What to do with a `call.change.*` message that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In order: act on it, or pass it on.
    Pass,
    /// A late echo of what is settled already.
    Ignore,
    /// Out of order, or crossing. The leg is free again: send `lock.reset` on it,
    /// and abort whatever change depends on it.
    Reset,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Free,
    /// By whom.
    Asked(Party),
    Granted(Party),
    Offered(Party),
}

/// One leg's lock; see the module for the diagram.
#[derive(Clone, Debug, Default)]
pub struct Change {
    state: State,
    deadline: Option<Instant>,
    /// Who gave the last answer, until the other has spoken.
    answered: Option<Party>,
}

impl Change {
    /// No change is under way.
    pub fn is_free(&self) -> bool {
        self.state == State::Free
    }

    /// The offer is out, the answer is not in.
    pub fn is_offered(&self) -> bool {
        matches!(self.state, State::Offered(_))
    }

    /// When the change is to be reset for lack of progress.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// `call.change.lock`
    pub fn lock(&mut self, by: Party, until: Instant) -> Verdict {
        match self.state {
            State::Free => self.enter(State::Asked(by), by, until),
            State::Asked(_) | State::Granted(_) | State::Offered(_) => self.refuse(by),
        }
    }

    /// `call.change.lock.ok`
    pub fn lock_ok(&mut self, by: Party, until: Instant) -> Verdict {
        match self.state {
            State::Asked(asker) if asker != by => self.enter(State::Granted(asker), by, until),
            State::Granted(asker) | State::Offered(asker) if asker != by => Verdict::Ignore,
            State::Free | State::Asked(_) | State::Granted(_) | State::Offered(_) => self.refuse(by),
        }
    }

    /// `call.change.offer`
    pub fn offer(&mut self, by: Party, until: Instant) -> Verdict {
        match self.state {
            State::Granted(asker) if asker == by => self.enter(State::Offered(by), by, until),
            State::Free | State::Asked(_) | State::Granted(_) | State::Offered(_) => self.refuse(by),
        }
    }

    /// `call.change.answer`
    pub fn answer(&mut self, by: Party) -> Verdict {
        match self.state {
            State::Offered(asker) if asker != by => {
                *self = Change { answered: Some(by), ..Change::default() };
                Verdict::Pass
            }
            State::Free | State::Asked(_) | State::Granted(_) | State::Offered(_) => self.refuse(by),
        }
    }

    /// `call.change.lock.reset`: never answered, so never [`Verdict::Reset`].
    pub fn lock_reset(&mut self, by: Party) -> Verdict {
        let undone = !self.is_free() || self.answered == Some(by.other());
        *self = Change { answered: self.unconfirmed(by), ..Change::default() };
        if undone { Verdict::Pass } else { Verdict::Ignore }
    }

    /// Whether the change has made no progress in time; it is free then.
    pub fn expire(&mut self, now: Instant) -> bool {
        let due = self.deadline.is_some_and(|deadline| deadline <= now);
        if due {
            self.abort();
        }
        due
    }

    fn enter(&mut self, state: State, by: Party, until: Instant) -> Verdict {
        *self = Change { state, deadline: Some(until), answered: self.unconfirmed(by) };
        Verdict::Pass
    }

    fn refuse(&mut self, by: Party) -> Verdict {
        *self = Change { answered: self.unconfirmed(by), ..Change::default() };
        Verdict::Reset
    }

    /// Whose answer may still turn out not to be applied, now that `by` has spoken.
    fn unconfirmed(&self, by: Party) -> Option<Party> {
        self.answered.filter(|answerer| *answerer == by)
    }

    /// The engine gives the change up. Tell the browser by `lock.reset`.
    pub fn abort(&mut self) {
        *self = Change { answered: self.answered, ..Change::default() };
    }
}

#[cfg(test)]
mod tests;
