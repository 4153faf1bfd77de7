//! The sessions read last, so that a lost socket comes back while the database is away.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use actors::directory::SessionRecord;
use signal::SessionId;
use time::OffsetDateTime;

/// Most sessions remembered; the one that was opened longest ago goes first.
const SESSIONS: usize = 20_000;
/// Most forgotten sessions that a reader is told of; one that slept through more remembers nothing.
const CHANGES: usize = 1024;

/// The sessions read last, by the keyed hash of their token.
#[derive(Default)]
pub(super) struct Recent(Mutex<Known>);

#[derive(Default)]
struct Known {
    sessions: HashMap<SessionId, Entry>,
    by_token: HashMap<Vec<u8>, SessionId>,
    by_age: BTreeMap<u64, SessionId>,
    next_age: u64,
    /// The sessions forgotten last, and how many there ever were.
    forgotten: VecDeque<SessionId>,
    changes: u64,
}

struct Entry {
    token_hash: Vec<u8>,
    age: u64,
    record: Box<SessionRecord>,
}

impl Recent {
    /// What [`Recent::remember`] wants to hear of the time before the reading.
    pub(super) fn changes(&self) -> u64 {
        self.with(|known| known.changes)
    }

    /// Keeps `record`, unless its session was forgotten since `before`: it may have been read earlier than that.
    pub(super) fn remember(&self, before: u64, token_hash: Vec<u8>, record: &SessionRecord) {
        self.with(|known| {
            if known.forgot(record.id, before) {
                return;
            }
            known.remove(record.id);
            let age = known.next_age;
            known.next_age += 1;
            known.by_age.insert(age, record.id);
            known.by_token.insert(token_hash.clone(), record.id);
            known.sessions.insert(record.id, Entry { token_hash, age, record: Box::new(record.clone()) });
            if known.sessions.len() > SESSIONS
                && let Some((_, oldest)) = known.by_age.pop_first()
            {
                known.remove(oldest);
            }
        });
    }

    /// The session of one of these hashes, if it lives at `now`.
    pub(super) fn find(&self, token_hashes: &[Vec<u8>], now: OffsetDateTime) -> Option<SessionRecord> {
        self.with(|known| {
            let id = token_hashes.iter().find_map(|hash| known.by_token.get(hash).copied())?;
            let record = known.sessions.get(&id).map(|entry| &entry.record).filter(|record| record.expires > now);
            let record = record.map(|record| SessionRecord::clone(record));
            if record.is_none() {
                known.remove(id);
            }
            record
        })
    }

    /// Slides the expiry of connected sessions.
    pub(super) fn touch(&self, sessions: &[SessionId], now: OffsetDateTime) {
        self.with(|known| {
            for id in sessions {
                if let Some(Entry { record, .. }) = known.sessions.get_mut(id)
                    && let Some(sliding) = record.sliding
                {
                    record.expires = now + sliding;
                }
            }
        });
    }

    /// Forgets what provisioning changed or ended.
    pub(super) fn forget(&self, sessions: &[SessionId]) {
        self.with(|known| {
            for id in sessions {
                known.remove(*id);
                known.changes += 1;
                known.forgotten.push_back(*id);
                if known.forgotten.len() > CHANGES {
                    known.forgotten.pop_front();
                }
            }
        });
    }

    /// Forgets a session that the database did not hand out.
    pub(super) fn forget_tokens(&self, token_hashes: &[Vec<u8>]) {
        self.with(|known| {
            for hash in token_hashes {
                if let Some(id) = known.by_token.get(hash).copied() {
                    known.remove(id);
                }
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn forgot(&self, id: SessionId, before: u64) -> bool {
        let since = usize::try_from(self.changes - before).unwrap_or(usize::MAX);
        since > CHANGES || self.forgotten.iter().rev().take(since).any(|forgotten| *forgotten == id)
    }

    fn remove(&mut self, id: SessionId) {
        if let Some(entry) = self.sessions.remove(&id) {
            self.by_token.remove(&entry.token_hash);
            self.by_age.remove(&entry.age);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const LIFE: Duration = Duration::from_secs(60);

    fn session(n: u128) -> SessionRecord {
        SessionRecord {
            id: SessionId(Uuid::from_u128(n)),
            app: Uuid::nil(),
            allowed_origins: [].into(),
            max_devices: 1,
            max_calls: 1,
            expires: NOW + LIFE,
            sliding: Some(LIFE),
            accounts: Vec::new(),
        }
    }

    fn hash(n: u128) -> Vec<u8> {
        n.to_be_bytes().to_vec()
    }

    fn knows(recent: &Recent, n: u128, now: OffsetDateTime) -> bool {
        recent.find(&[hash(n)], now).is_some()
    }

    #[test]
    fn a_session_is_known_until_it_expires_and_a_touch_slides_that() {
        let recent = Recent::default();
        recent.remember(recent.changes(), hash(1), &session(1));
        assert!(knows(&recent, 1, NOW) && !knows(&recent, 2, NOW));
        recent.touch(&[session(1).id], NOW + LIFE);
        assert!(knows(&recent, 1, NOW + LIFE));
        assert!(!knows(&recent, 1, NOW + 2 * LIFE));
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered() {
        let recent = Recent::default();
        let before = recent.changes();
        recent.forget(&[session(1).id]);
        recent.remember(before, hash(1), &session(1));
        recent.remember(before, hash(2), &session(2));
        assert!(!knows(&recent, 1, NOW) && knows(&recent, 2, NOW));
        recent.remember(recent.changes(), hash(1), &session(1));
        assert!(knows(&recent, 1, NOW));
        recent.forget_tokens(&[hash(1)]);
        assert!(!knows(&recent, 1, NOW));
        recent.forget(&vec![session(3).id; CHANGES + 1]);
        recent.remember(before, hash(1), &session(1));
        assert!(!knows(&recent, 1, NOW), "too long ago to know");
    }

    #[test]
    fn the_bound_drops_the_session_opened_longest_ago() {
        let recent = Recent::default();
        for n in 0..=SESSIONS as u128 {
            recent.remember(0, hash(n), &session(n));
            recent.remember(0, hash(0), &session(0));
        }
        assert!(knows(&recent, 0, NOW) && !knows(&recent, 1, NOW) && knows(&recent, 2, NOW));
        assert_eq!(recent.with(|known| (known.by_age.len(), known.by_token.len())), (SESSIONS, SESSIONS));
    }
}
