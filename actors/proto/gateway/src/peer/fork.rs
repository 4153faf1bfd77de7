//! Which of several refusals the caller hears (RFC 3261 16.7, steps 5 and 6).
//!
//! - `declined` is the user's own word: like a SIP 6xx it ends the whole fork at once.
//! - Every other refusal ends its branch only. When the last branch has ended, the caller
//!   hears the refusal that tells the most: `busy` (a user is there) before what only a
//!   machine says.

use signal::EndReason;

/// The refusals so far.
#[derive(Debug, Default)]
pub(crate) struct Fork {
    best: Option<(EndReason, Option<String>)>,
}

impl Fork {
    /// A branch has ended. Whether this ends the fork.
    pub fn refused(&mut self, reason: EndReason, detail: Option<String>) -> bool {
        let better = self.best.as_ref().is_none_or(|(best, _)| weight(reason) > weight(*best));
        if better {
            self.best = Some((reason, detail));
        }
        reason == EndReason::Declined
    }

    /// What the caller hears when no branch is left.
    pub fn best(&mut self) -> (EndReason, Option<String>) {
        self.best.take().unwrap_or((EndReason::Unavailable, None))
    }
}

/// What a callee means by ending a call it has not accepted: without a better word, it declines.
pub(crate) fn refusal(reason: EndReason) -> EndReason {
    match reason {
        EndReason::Normal | EndReason::Canceled => EndReason::Declined,
        other => other,
    }
}

fn weight(reason: EndReason) -> u8 {
    match reason {
        EndReason::Declined => 6,
        EndReason::Busy => 5,
        EndReason::NotAcceptable | EndReason::MediaFailed => 4,
        EndReason::Forbidden | EndReason::LimitExceeded => 3,
        EndReason::NoAnswer => 2,
        EndReason::NotFound | EndReason::Unavailable => 1,
        EndReason::Normal
        | EndReason::Canceled
        | EndReason::AnsweredElsewhere
        | EndReason::Replaced
        | EndReason::Transferred
        | EndReason::Timeout
        | EndReason::ConnectionLost
        | EndReason::InternalError => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decline_ends_the_fork_and_busy_beats_a_machine() {
        let mut fork = Fork::default();
        assert!(!fork.refused(EndReason::Unavailable, None));
        assert!(!fork.refused(EndReason::Busy, Some("in a call".into())));
        assert!(!fork.refused(EndReason::NoAnswer, None));
        assert_eq!(fork.best(), (EndReason::Busy, Some("in a call".into())));
        assert!(fork.refused(refusal(EndReason::Canceled), None));
        assert_eq!(fork.best().0, EndReason::Declined);
    }
}
