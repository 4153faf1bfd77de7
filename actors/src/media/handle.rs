//! Handles to the workers and to one peer. They can be cloned into, and dropped on, any thread.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use ::media::{Certificate, Event, Kind};
use tokio::sync::mpsc;

use super::worker::{self, Request};
use super::{Config, Counters};

/// Peers a worker takes; a further one fails at once.
pub const PEERS_PER_WORKER: usize = 4000;

/// Commands waiting for a worker; when it is full a peer's command fails that peer.
pub(super) const COMMANDS: usize = 4096;

/// Takes the events of one peer. Called on a worker thread (or within [`Media::open`] and
/// [`PeerHandle`]'s methods when the worker cannot be reached): it must not block.
pub type Sink = Arc<dyn Fn(PeerId, Event) + Send + Sync>;

/// Names one peer of this process; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub u64);

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The media plane. Clones share the same workers.
#[derive(Clone)]
pub struct Media {
    shared: Arc<Shared>,
}

struct Shared {
    workers: Vec<WorkerHandle>,
    counters: Arc<Counters>,
    next_id: AtomicU64,
}

/// What a worker shares with those who send to it.
pub(super) struct WorkerHandle {
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) address: SocketAddr,
    pub(super) load: Arc<AtomicU64>,
    pub(super) stop: Arc<tokio::sync::Notify>,
    pub(super) thread: Mutex<Option<JoinHandle<()>>>,
}

impl Media {
    /// Binds the sockets and starts the worker threads.
    ///
    /// # Errors
    /// A socket that cannot be bound, a thread that cannot be started, a port above 65535.
    pub fn start(config: Config) -> io::Result<Self> {
        let counters = Arc::new(Counters::default());
        let certificate = Certificate::generate().map_err(io::Error::other)?;
        let workers = (0..config.worker_count())
            .map(|index| worker::start(&config, index, certificate.clone(), counters.clone()))
            .collect::<io::Result<Vec<_>>>()?;
        let shared = Shared { workers, counters, next_id: AtomicU64::new(1) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The bound address of each worker's socket.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.shared.workers.iter().map(|worker| worker.address).collect()
    }

    /// Totals for metrics.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// Opens a peer on the least loaded worker. It does nothing until its first offer.
    /// Where no worker has room, the sink gets [`Event::Failed`] before this returns.
    pub fn open(&self, kind: Kind, sink: Sink) -> PeerHandle {
        let id = PeerId(self.shared.next_id.fetch_add(1, Ordering::Relaxed));
        let closed = Arc::new(AtomicBool::new(false));
        let least = self.shared.workers.iter().min_by_key(|w| w.load.load(Ordering::Relaxed));
        let room = least.filter(|w| w.load.load(Ordering::Relaxed) < PEERS_PER_WORKER as u64);
        let Some(worker) = room else {
            sink(id, Event::Failed { detail: "no media worker has room for a peer".into() });
            closed.store(true, Ordering::Relaxed);
            return PeerHandle { id, closed, requests: None, sink };
        };
        worker.load.fetch_add(1, Ordering::Relaxed);
        let open = Request::Open { id, kind, sink: sink.clone(), closed: closed.clone() };
        let handle = PeerHandle { id, closed, requests: Some(worker.requests.clone()), sink };
        if !handle.send(open) {
            worker.load.fetch_sub(1, Ordering::Relaxed);
        }
        handle
    }

    /// Ends every peer and waits for the threads. Blocks for a few milliseconds; never call
    /// it from a [`Sink`]. Later calls of `open` fail, a second `stop` does nothing.
    pub fn stop(&self) {
        for worker in &self.shared.workers {
            worker.stop.notify_one();
        }
        for worker in &self.shared.workers {
            let thread = worker.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if thread.is_some_and(|thread| thread.join().is_err()) {
                log::error!("media worker {} had panicked", worker.address);
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.stop.notify_one();
        }
    }
}

/// One peer, seen by the actor that owns it. Dropping it closes the peer.
pub struct PeerHandle {
    id: PeerId,
    closed: Arc<AtomicBool>,
    requests: Option<mpsc::Sender<Request>>,
    sink: Sink,
}

impl PeerHandle {
    /// The id the sink is called with.
    pub fn id(&self) -> PeerId {
        self.id
    }

    /// Hands over the browser's offer or re-offer. [`Event::Answer`] follows, or
    /// [`Event::Refused`] (it changes nothing), or [`Event::Failed`].
    pub fn offer(&self, sdp: String) {
        self.send(Request::Offer { id: self.id, sdp });
    }

    /// A trickled candidate (RFC 8838). Nothing needs to be done with it: we never send to
    /// an address a page names, but learn the browser's from its own connectivity checks.
    pub fn candidate(&self, _candidate: String) {}

    /// Ends the peer: BYE and close_notify are sent, no further event comes.
    pub fn close(&self) {
        if !self.closed.swap(true, Ordering::Relaxed)
            && let Some(requests) = &self.requests
        {
            // When the queue is full the worker sees `closed` at the peer's next timer.
            let _ = requests.try_send(Request::Close { id: self.id });
        }
    }

    /// Passes a request on. A worker that is gone or overloaded fails the peer.
    fn send(&self, request: Request) -> bool {
        let Some(requests) = self.requests.as_ref().filter(|_| !self.is_closed()) else {
            return false;
        };
        let detail = match requests.try_send(request) {
            Ok(()) => return true,
            Err(mpsc::error::TrySendError::Full(_)) => "the media worker is overloaded",
            Err(mpsc::error::TrySendError::Closed(_)) => "the media worker has stopped",
        };
        self.closed.store(true, Ordering::Relaxed);
        (self.sink)(self.id, Event::Failed { detail: detail.into() });
        false
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

impl Drop for PeerHandle {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for PeerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerHandle").field("id", &self.id).finish_non_exhaustive()
    }
}
