//! The deadlines of a worker's peers: one heap, at most one live entry a peer.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Instant;

use super::PeerId;

/// Deadlines. A peer that moves its deadline back costs nothing until the old one comes:
/// it is then put in again, so each packet of a running call leaves the heap alone.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, PeerId)>>,
    peers: HashMap<PeerId, Entry>,
}

#[derive(Debug)]
struct Entry {
    /// When the peer wants to be called.
    deadline: Instant,
    /// The entry of the heap that counts, never later than `deadline`.
    queued: Instant,
}

impl Timers {
    /// Sets the deadline of a peer, in place of the one before.
    pub fn set(&mut self, peer: PeerId, deadline: Instant) {
        match self.peers.get_mut(&peer) {
            Some(entry) if entry.queued <= deadline => entry.deadline = deadline,
            Some(entry) => {
                *entry = Entry { deadline, queued: deadline };
                self.heap.push(Reverse((deadline, peer)));
            }
            None => {
                self.peers.insert(peer, Entry { deadline, queued: deadline });
                self.heap.push(Reverse((deadline, peer)));
            }
        }
    }

    /// Forgets a peer.
    pub fn remove(&mut self, peer: PeerId) {
        self.peers.remove(&peer);
    }

    /// The next peer whose deadline has come; its deadline is gone.
    pub fn pop(&mut self, now: Instant) -> Option<PeerId> {
        while let Some(Reverse((queued, peer))) = self.heap.peek().copied().filter(|Reverse((at, _))| *at <= now) {
            self.heap.pop();
            let Some(entry) = self.peers.get_mut(&peer).filter(|entry| entry.queued == queued) else { continue };
            if entry.deadline <= now {
                self.peers.remove(&peer);
                return Some(peer);
            }
            entry.queued = entry.deadline;
            let queued = entry.queued;
            self.heap.push(Reverse((queued, peer)));
        }
        None
    }

    /// When to look again; a little early at worst.
    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn peers_come_in_the_order_of_their_last_deadlines() {
        let (start, mut timers) = (Instant::now(), Timers::default());
        let at = |ms| start + Duration::from_millis(ms);
        timers.set(PeerId(1), at(10));
        timers.set(PeerId(2), at(20));
        timers.set(PeerId(3), at(30));
        timers.set(PeerId(1), at(25));
        timers.set(PeerId(3), at(5));
        timers.remove(PeerId(2));
        assert_eq!(timers.pop(at(4)), None);
        assert_eq!(timers.pop(at(24)), Some(PeerId(3)));
        assert_eq!(timers.pop(at(24)), None);
        assert_eq!(timers.pop(at(40)), Some(PeerId(1)));
        assert_eq!(timers.pop(at(40)), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn moving_a_deadline_back_again_and_again_grows_nothing() {
        let (start, mut timers) = (Instant::now(), Timers::default());
        for ms in 0..10_000 {
            timers.set(PeerId(1), start + Duration::from_millis(ms));
        }
        assert_eq!(timers.heap.len(), 1);
    }
}
