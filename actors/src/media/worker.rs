//! One media worker: a thread, a socket, many peers. The shell of the crate `media`.
//!
//! A round: take what waits on the socket and in the queue, wake the peers whose time has
//! come, send all that came of it. No task, timer or tick belongs to a single peer. Under load
//! rounds keep their distance, so that one wake-up serves the packets of many.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ::media::{Certificate, Kind, bridge};
use quinn_udp::BATCH_SIZE;
use tokio::sync::{Notify, mpsc};

use super::config::interface_addresses;
use super::handle::{COMMANDS, WorkerHandle};
use super::pace::Pace;
use super::peers::Peers;
use super::phones::{self, Phones};
use super::ports::Ports;
use super::recorder::Recorders;
use super::socket::Batched;
use super::{BridgeSetup, BridgeSink, Config, Counters, PeerId, Recording, Sink};

/// Batches taken in one round before timers and commands get their turn.
const BATCHES: usize = 4;

/// Fewer datagrams than that leave none behind, on any socket.
const FULL: usize = if BATCH_SIZE < phones::DATAGRAMS { BATCH_SIZE } else { phones::DATAGRAMS };

/// Commands taken in one round.
const REQUESTS: usize = 64;

/// Pause after a socket error, so that one which stays cannot spin a core.
const ERROR_PAUSE: Duration = Duration::from_millis(10);

/// What a handle asks of a worker.
pub(super) enum Request {
    Open { id: PeerId, kind: Kind, sink: Sink, closed: Arc<AtomicBool> },
    OpenBridge { id: PeerId, setup: Box<BridgeSetup>, sink: BridgeSink, closed: Arc<AtomicBool> },
    Offer { id: PeerId, sdp: String },
    Bridge { id: PeerId, command: bridge::Command },
    Record { id: PeerId, recording: Recording },
    Close { id: PeerId },
}

/// Binds the socket and starts the thread of worker `index`.
pub(super) fn start(
    config: &Config,
    index: usize,
    certificate: Certificate,
    counters: Arc<Counters>,
    ports: Arc<Ports>,
    recorders: Recorders,
) -> io::Result<WorkerHandle> {
    let socket = Batched::bind(config.listen_of(index)?)?;
    let address = socket.local_addr()?;
    let candidates = config.candidates(address);
    let load = Arc::new(AtomicU64::new(0));
    let (requests, queue) = mpsc::channel(COMMANDS);
    let stop = Arc::new(Notify::new());
    let local = with_locality(address, candidates);
    // Built here, so that a failure is an error of `start`.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let (socket, phones) = {
        let _entered = runtime.enter();
        (Batched::enter(socket)?, Phones::new(ports)?)
    };
    let peers = Peers::new(local, certificate, counters.clone(), load.clone(), phones, recorders);
    let worker = Worker { socket, peers, queue, counters, stop: stop.clone(), pace: Pace::default() };
    let thread =
        std::thread::Builder::new().name(format!("media-{index}")).spawn(move || runtime.block_on(worker.run()))?;
    Ok(WorkerHandle { requests, address, load, stop, thread: Mutex::new(Some(thread)) })
}

/// Marks the candidates that can be sent from: on a socket bound to every address the reply
/// must leave from the one the browser talks to.
fn with_locality(bound: SocketAddr, candidates: Vec<SocketAddr>) -> Vec<(SocketAddr, bool)> {
    let local = if bound.ip().is_unspecified() { interface_addresses() } else { Vec::new() };
    candidates.into_iter().map(|address| (address, local.contains(&address.ip()))).collect()
}

struct Worker {
    socket: Batched,
    peers: Peers,
    queue: mpsc::Receiver<Request>,
    counters: Arc<Counters>,
    stop: Arc<Notify>,
    pace: Pace,
}

impl Worker {
    async fn run(mut self) {
        let stop = self.stop.clone();
        let stopped = stop.notified();
        tokio::pin!(stopped);
        loop {
            // Nothing but this worker runs on its thread.
            self.pace.rest(Instant::now()).into_iter().for_each(std::thread::sleep);
            let deadline = self.peers.next_deadline();
            tokio::select! {
                () = &mut stopped => break,
                request = self.queue.recv() => match request {
                    Some(request) => self.request(request),
                    None => break,
                },
                readable = async {
                    tokio::select! {
                        readable = self.socket.readable() => readable,
                        readable = self.peers.phones().readable() => readable,
                    }
                } => if let Err(error) = readable {
                    log::error!("media socket: {error}");
                    tokio::time::sleep(ERROR_PAUSE).await;
                },
                () = sleep_until(deadline) => {}
            }
            if let Err(error) = self.round() {
                log::error!("media socket: {error}");
                tokio::time::sleep(ERROR_PAUSE).await;
            }
        }
        self.peers.stop(Instant::now());
        self.peers.flush(&self.socket);
    }

    fn round(&mut self) -> io::Result<()> {
        for _ in 0..REQUESTS {
            let Ok(request) = self.queue.try_recv() else { break };
            self.request(request);
        }
        let (begin, mut packets, mut result) = (Instant::now(), 0, Ok(()));
        for _ in 0..BATCHES {
            match self.receive() {
                Ok(taken) => {
                    packets += taken;
                    self.peers.flush(&self.socket);
                    // What is left waits for the next round, which finds it without asking twice.
                    if taken < FULL {
                        break;
                    }
                }
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.pace.round(begin, packets);
        self.peers.expire(Instant::now());
        self.peers.flush(&self.socket);
        result
    }

    fn receive(&mut self) -> io::Result<usize> {
        let now = Instant::now();
        let from_phones = self.peers.receive_from_phones(now)?;
        let (mut packets, mut bytes) = (0, 0);
        let peers = &mut self.peers;
        let taken = self.socket.receive(|datagram| {
            packets += 1;
            bytes += datagram.bytes.len() as u64;
            peers.datagram(now, &datagram);
        });
        self.counters.packets_in.fetch_add(packets, Ordering::Relaxed);
        self.counters.bytes_in.fetch_add(bytes, Ordering::Relaxed);
        taken.map(|taken| taken + from_phones)
    }

    fn request(&mut self, request: Request) {
        let now = Instant::now();
        match request {
            Request::Open { id, kind, sink, closed } => self.peers.open(now, id, kind, sink, closed),
            Request::OpenBridge { id, setup, sink, closed } => self.peers.open_bridge(now, id, *setup, sink, closed),
            Request::Bridge { id, command } => self.peers.bridge(now, id, command),
            Request::Record { id, recording } => self.peers.record(now, id, recording),
            Request::Offer { id, sdp } => self.peers.offer(now, id, sdp),
            Request::Close { id } => self.peers.close(now, id),
        }
    }
}

/// Sleeps until the deadline, for ever without one.
async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
