//! Whose session it was, for call records that come after the session was deleted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use signal::SessionId;
use uuid::Uuid;

/// Most sessions remembered; the oldest goes first.
const SESSIONS: usize = 16_384;

/// Who a session counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub user: Uuid,
    pub app: Uuid,
}

/// The owners of the sessions opened last.
#[derive(Default)]
pub(super) struct Owners(Mutex<Known>);

#[derive(Default)]
struct Known {
    owners: HashMap<SessionId, Owner>,
    order: VecDeque<SessionId>,
}

impl Owners {
    pub(super) fn remember(&self, session: SessionId, owner: Owner) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.owners.insert(session, owner).is_some() {
            return;
        }
        known.order.push_back(session);
        if known.order.len() > SESSIONS
            && let Some(oldest) = known.order.pop_front()
        {
            known.owners.remove(&oldest);
        }
    }

    pub(super) fn of(&self, session: SessionId) -> Option<Owner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).owners.get(&session).copied()
    }
}
