//! Counters of the media plane, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

use ::media::BadDatagram;

/// Totals since start over all workers. Reading is cheap and needs no worker.
#[derive(Debug, Default)]
pub struct Counters {
    /// Datagrams received.
    pub packets_in: AtomicU64,
    /// Datagrams sent.
    pub packets_out: AtomicU64,
    /// Bytes received, without UDP and IP headers.
    pub bytes_in: AtomicU64,
    /// Bytes sent, without UDP and IP headers.
    pub bytes_out: AtomicU64,
    /// Datagrams the socket would not take.
    pub send_errors: AtomicU64,
    /// Peers alive now.
    pub peers: AtomicU64,
    /// Peers that ended in [`super::Event::Failed`].
    pub peers_failed: AtomicU64,
    /// Events a sink was given.
    pub events: AtomicU64,
    bad: [AtomicU64; BAD_KINDS],
}

/// Number of datagrams dropped for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadCount {
    /// The reason as a label: `unknown`, `malformed`, `unauthenticated`, `unvalidated`, `dtls`.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
}

/// Index 0 is a datagram that belongs to no peer.
const BAD_KINDS: usize = 5;
const LABELS: [&str; BAD_KINDS] = ["unknown", "malformed", "unauthenticated", "unvalidated", "dtls"];

impl Counters {
    /// Dropped datagrams by reason.
    pub fn bad_datagrams(&self) -> Vec<BadCount> {
        let counts = self.bad.iter().map(|count| count.load(Ordering::Relaxed));
        LABELS.into_iter().zip(counts).map(|(kind, count)| BadCount { kind, count }).collect()
    }

    /// Counts a datagram that no peer owns (`None`) or that its peer refused.
    pub(super) fn count_bad(&self, reason: Option<BadDatagram>) {
        let index = match reason {
            None => 0,
            Some(BadDatagram::Malformed) => 1,
            Some(BadDatagram::Unauthenticated) => 2,
            Some(BadDatagram::Unvalidated) => 3,
            Some(BadDatagram::Dtls) => 4,
        };
        if let Some(count) = self.bad.get(index) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
