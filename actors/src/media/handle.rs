//! Handles to the workers and to one peer. They can be cloned into, and dropped on, any thread.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use ::media::{Certificate, Event, Kind, bridge};
use tokio::sync::mpsc;

use super::ports::Ports;
use super::recorder::Recorders;
use super::worker::{self, Request};
use super::{BridgeHandle, BridgeSetup, BridgeSink, Config, Counters};

/// Peers a worker takes; a further one fails at once.
pub const PEERS_PER_WORKER: usize = 4000;

const NO_ROOM: &str = "no media worker has room for another call";

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
        let recorders = Recorders::start()?;
        let ports = Arc::new(Ports::new(config.rtp_ports));
        let workers = (0..config.worker_count())
            .map(|index| {
                worker::start(&config, index, certificate.clone(), counters.clone(), ports.clone(), recorders.clone())
            })
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
        let (line, worker) = self.line();
        let handle = PeerHandle { line, sink: sink.clone() };
        let Some(worker) = worker else {
            sink(handle.id(), Event::Failed { detail: NO_ROOM.into() });
            return handle;
        };
        let open = Request::Open { id: handle.id(), kind, sink, closed: handle.line.closed.clone() };
        worker.opened(handle.send(open));
        handle
    }

    /// Opens a bridge on the least loaded worker. It does nothing until its first command.
    /// Where no worker has room, or no RTP port is free, the sink gets [`bridge::Event::NoRoom`].
    pub fn open_bridge(&self, setup: BridgeSetup, sink: BridgeSink) -> BridgeHandle {
        let (line, worker) = self.line();
        let handle = BridgeHandle { line, sink: sink.clone() };
        let Some(worker) = worker else {
            sink(handle.id(), bridge::Event::NoRoom { detail: NO_ROOM.into() });
            return handle;
        };
        let closed = handle.line.closed.clone();
        let open = Request::OpenBridge { id: handle.id(), setup: Box::new(setup), sink, closed };
        worker.opened(handle.send(open));
        handle
    }

    /// A line to the least loaded worker that has room.
    fn line(&self) -> (Line, Option<&WorkerHandle>) {
        let id = PeerId(self.shared.next_id.fetch_add(1, Ordering::Relaxed));
        let least = self.shared.workers.iter().min_by_key(|w| w.load.load(Ordering::Relaxed));
        let worker = least.filter(|w| w.load.load(Ordering::Relaxed) < PEERS_PER_WORKER as u64);
        if let Some(worker) = worker {
            worker.load.fetch_add(1, Ordering::Relaxed);
        }
        let closed = Arc::new(AtomicBool::new(worker.is_none()));
        (Line { id, closed, requests: worker.map(|worker| worker.requests.clone()) }, worker)
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

impl WorkerHandle {
    /// What a worker did not even hear of is no load.
    fn opened(&self, sent: bool) {
        if !sent {
            self.load.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The way from a handle to its worker. Dropping it closes what is at the other end.
pub(super) struct Line {
    id: PeerId,
    closed: Arc<AtomicBool>,
    requests: Option<mpsc::Sender<Request>>,
}

impl Line {
    pub(super) fn id(&self) -> PeerId {
        self.id
    }

    /// Passes a request on: `Ok(false)` where the line is closed, and once why it breaks.
    pub(super) fn send(&self, request: Request) -> Result<bool, &'static str> {
        let Some(requests) = self.requests.as_ref().filter(|_| !self.closed.load(Ordering::Relaxed)) else {
            return Ok(false);
        };
        let detail = match requests.try_send(request) {
            Ok(()) => return Ok(true),
            Err(mpsc::error::TrySendError::Full(_)) => "the media worker is overloaded",
            Err(mpsc::error::TrySendError::Closed(_)) => "the media worker has stopped",
        };
        self.closed.store(true, Ordering::Relaxed);
        Err(detail)
    }

    pub(super) fn close(&self) {
        if !self.closed.swap(true, Ordering::Relaxed)
            && let Some(requests) = &self.requests
        {
            // When the queue is full the worker sees `closed` at the peer's next timer.
            let _ = requests.try_send(Request::Close { id: self.id });
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.close();
    }
}

/// One peer, seen by the actor that owns it. Dropping it closes the peer.
pub struct PeerHandle {
    line: Line,
    sink: Sink,
}

impl PeerHandle {
    /// The id the sink is called with.
    pub fn id(&self) -> PeerId {
        self.line.id
    }

    /// Hands over the browser's offer or re-offer. [`Event::Answer`] follows, or
    /// [`Event::Refused`] (it changes nothing), or [`Event::Failed`].
    pub fn offer(&self, sdp: String) {
        self.send(Request::Offer { id: self.id(), sdp });
    }

    /// A trickled candidate (RFC 8838). Nothing needs to be done with it: we never send to
    /// an address a page names, but learn the browser's from its own connectivity checks.
    pub fn candidate(&self, _candidate: String) {}

    /// Ends the peer: BYE and close_notify are sent, no further event comes.
    pub fn close(&self) {
        self.line.close();
    }

    /// Passes a request on. A worker that is gone or overloaded fails the peer.
    fn send(&self, request: Request) -> bool {
        let outcome = self.line.send(request);
        if let Err(detail) = outcome {
            (self.sink)(self.id(), Event::Failed { detail: detail.into() });
        }
        outcome.unwrap_or(false)
    }
}

impl fmt::Debug for PeerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerHandle").field("id", &self.id()).finish_non_exhaustive()
    }
}
