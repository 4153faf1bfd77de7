//! A leg of a call, with all that is kept of it.

use std::time::Instant;

use call::{Candidates, Change, Dialog, Role};
use signal::CallId;

/// One browser's end of a call.
#[derive(Debug)]
pub(crate) struct Leg {
    pub id: CallId,
    pub dialog: Dialog,
    pub change: Change,
    /// What this browser sent too early for the far end.
    pub held: Candidates,
}

impl Leg {
    pub fn new(id: CallId, role: Role) -> Leg {
        Leg { id, dialog: Dialog::new(role), change: Change::default(), held: Candidates::default() }
    }

    /// When something of it times out.
    pub fn deadline(&self) -> Option<Instant> {
        // The change of a leg that ended waits for nothing any more.
        let change = self.change.deadline().filter(|_| self.dialog.is_live());
        self.dialog.deadline().into_iter().chain(change).min()
    }
}
