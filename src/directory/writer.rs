//! The one task that writes for the actors, in batches, and waits out a lost database.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use actors::directory::CallRecord;
use signal::SessionId;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::store::Store;

/// Most writes taken at once.
const BATCH: usize = 256;
/// How often expiries are written; far below any session lifetime.
const TOUCH_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// One write.
pub(super) enum Write {
    /// Slide these sessions' expiry.
    Touch(Vec<SessionId>),
    /// Store a finished leg.
    Record(Box<CallRecord>),
    /// Tell when all before is stored.
    Flush(oneshot::Sender<()>),
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Write::Touch(sessions) => write!(f, "touch of {} sessions", sessions.len()),
            Write::Record(record) => write!(f, "record of call {}", record.gcid),
            Write::Flush(_) => f.write_str("flush"),
        }
    }
}

/// What waits to be written.
#[derive(Default)]
struct Work {
    touched: HashSet<SessionId>,
    records: Vec<CallRecord>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Work {
    fn add(&mut self, write: Write) {
        match write {
            Write::Touch(sessions) => self.touched.extend(sessions),
            Write::Record(record) => self.records.push(*record),
            Write::Flush(done) => self.waiting.push(done),
        }
    }

    fn tell_stored(&mut self) {
        for done in self.waiting.drain(..) {
            let _gave_up = done.send(());
        }
    }
}

/// Runs until every sender is gone.
pub(super) async fn run(mut queue: mpsc::Receiver<Write>, store: Store) {
    let mut work = Work::default();
    let mut batch = Vec::with_capacity(BATCH);
    let mut tick = interval(TOUCH_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep(&store).await;
    let mut next_sweep = Instant::now() + SWEEP_EVERY;
    loop {
        tokio::select! {
            taken = queue.recv_many(&mut batch, BATCH) => {
                batch.drain(..).for_each(|write| work.add(write));
                insert(&store, &mut work).await;
                if taken == 0 || !work.waiting.is_empty() {
                    touch(&store, &mut work).await;
                }
                work.tell_stored();
                if taken == 0 {
                    return;
                }
            }
            now = tick.tick() => {
                touch(&store, &mut work).await;
                if now >= next_sweep {
                    next_sweep = now + SWEEP_EVERY;
                    sweep(&store).await;
                }
            }
        }
    }
}

/// Records are kept until the database is back; the queue behind them is bounded.
async fn insert(store: &Store, work: &mut Work) {
    while !work.records.is_empty() {
        match store.insert(&work.records).await {
            Ok(()) => work.records.clear(),
            Err(error) => {
                log::warn!(records = work.records.len(), cause:% = error; "directory: call records wait for the database");
                tokio::time::sleep(RETRY_EVERY).await;
            }
        }
    }
}

/// A failed touch is tried again with the next; it only ever moves an expiry.
async fn touch(store: &Store, work: &mut Work) {
    match store.touch(&work.touched).await {
        Ok(()) => work.touched.clear(),
        Err(error) => log::warn!(cause:% = error; "directory: expiries not written"),
    }
}

async fn sweep(store: &Store) {
    if let Err(error) = store.sweep().await {
        log::warn!(cause:% = error; "directory: old sessions and records not removed");
    }
}
