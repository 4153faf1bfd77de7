//! The peers of one worker, each behind a wall: what one panics on ends that one only.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use ::media::{Certificate, Command, Event, Input, Kind, Output, Peer, Setup, bridge};

use super::mux::Mux;
use super::outbox::Outbox;
use super::socket::Datagram;
use super::timers::Timers;
use super::{BridgeSetup, BridgeSink, Counters, PeerId, Sink};

/// The table of peers and all that finds or wakes them.
pub(super) struct Peers {
    peers: HashMap<PeerId, Slot>,
    plane: Plane,
    certificate: Certificate,
    load: Arc<AtomicU64>,
}

struct Slot {
    /// Boxed: a peer has some kilobytes, and the table moves its slots when it grows.
    peer: Box<Peer>,
    sink: Sink,
    closed: Arc<AtomicBool>,
}

/// What the outputs of peers act on.
struct Plane {
    mux: Mux,
    timers: Timers,
    outbox: Outbox,
    counters: Arc<Counters>,
    /// Our host candidates, and whether each is an address of this machine to send from.
    candidates: Vec<(SocketAddr, bool)>,
}

impl Peers {
    /// No peers. `candidates` as in [`Plane`].
    pub fn new(
        candidates: Vec<(SocketAddr, bool)>,
        certificate: Certificate,
        counters: Arc<Counters>,
        load: Arc<AtomicU64>,
    ) -> Self {
        let (mux, timers, outbox) = (Mux::default(), Timers::default(), Outbox::default());
        let plane = Plane { mux, timers, outbox, counters, candidates };
        Self { peers: HashMap::new(), plane, certificate, load }
    }

    /// Adds a peer, unless its handle is gone already.
    pub fn open(&mut self, now: Instant, id: PeerId, kind: Kind, sink: Sink, closed: Arc<AtomicBool>) {
        if closed.load(Ordering::Relaxed) {
            self.load.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let candidates = self.plane.candidates.iter().map(|(address, _)| *address).collect();
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        let setup = Setup { kind, candidates, certificate: self.certificate.clone(), seed };
        let peer = Box::new(Peer::new(now, &setup));
        self.peers.insert(id, Slot { peer, sink, closed });
        self.plane.counters.peers.fetch_add(1, Ordering::Relaxed);
        self.drive(now, id, Input::Timeout);
    }

    /// Adds a bridge, unless its handle is gone already.
    pub fn open_bridge(&mut self, id: PeerId, _setup: &BridgeSetup, sink: &BridgeSink, closed: &AtomicBool) {
        self.load.fetch_sub(1, Ordering::Relaxed);
        if !closed.load(Ordering::Relaxed) {
            sink(id, bridge::Event::Failed { detail: "calls to phones are not served yet".into() });
        }
    }

    /// A command for one peer; one that is gone is not missed.
    pub fn command(&mut self, now: Instant, id: PeerId, command: Command) {
        self.drive(now, id, Input::Command(command));
    }

    /// A datagram from the network.
    pub fn datagram(&mut self, now: Instant, datagram: &Datagram<'_>) {
        let Some(id) = self.plane.mux.route(now, datagram.source, datagram.bytes) else {
            self.plane.counters.count_bad(None);
            return;
        };
        let Some(destination) = self.plane.candidate_for(datagram.destination) else { return };
        let input = Input::Datagram { source: datagram.source, destination, bytes: datagram.bytes };
        self.drive(now, id, input);
    }

    /// Wakes every peer whose time has come.
    pub fn expire(&mut self, now: Instant) {
        while let Some(id) = self.plane.timers.pop(now) {
            self.drive(now, id, Input::Timeout);
        }
    }

    /// When `expire` is wanted next.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.plane.timers.next()
    }

    /// Sends what has gathered.
    pub fn flush(&mut self, socket: &super::socket::Batched) {
        self.plane.outbox.flush(socket, &self.plane.counters);
    }

    /// Ends all peers: they say goodbye, their owners are told.
    pub fn stop(&mut self, now: Instant) {
        let ids: Vec<PeerId> = self.peers.keys().copied().collect();
        for id in ids {
            let sink = self.peers.get(&id).map(|slot| slot.sink.clone());
            self.drive(now, id, Input::Command(Command::Close));
            self.fail(id, sink, "the media worker has stopped");
        }
    }

    /// Gives a peer its input and does what it wants.
    fn drive(&mut self, now: Instant, id: PeerId, input: Input<'_>) {
        let Some(slot) = self.peers.get_mut(&id) else { return };
        let closed = slot.closed.load(Ordering::Relaxed);
        let input = if closed { Input::Command(Command::Close) } else { input };
        let plane = &mut self.plane;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if let Err(bad) = slot.peer.handle(now, input) {
                plane.counters.count_bad(Some(bad));
            }
            while let Some(output) = slot.peer.poll() {
                plane.apply(now, id, &slot.sink, output);
            }
        }));
        if outcome.is_err() {
            log::error!("media peer {id} panicked and is ended");
            let sink = Some(slot.sink.clone());
            self.remove(id);
            self.fail(id, sink, "internal error in the media plane");
        } else if slot.peer.is_ended() {
            self.remove(id);
        }
    }

    fn fail(&self, id: PeerId, sink: Option<Sink>, detail: &str) {
        let Some(sink) = sink else { return };
        self.plane.counters.peers_failed.fetch_add(1, Ordering::Relaxed);
        let event = Event::Failed { detail: detail.into() };
        if catch_unwind(AssertUnwindSafe(|| sink(id, event))).is_err() {
            log::error!("the sink of media peer {id} panicked");
        }
    }

    fn remove(&mut self, id: PeerId) {
        if self.peers.remove(&id).is_some() {
            self.plane.mux.remove(id);
            self.plane.timers.remove(id);
            self.plane.counters.peers.fetch_sub(1, Ordering::Relaxed);
            self.load.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Plane {
    fn apply(&mut self, now: Instant, id: PeerId, sink: &Sink, output: Output) {
        match output {
            Output::Transmit { source, destination, bytes } => {
                let source = self.source_for(source);
                self.outbox.push(source, destination, bytes);
            }
            Output::Event(event) => {
                let failed = matches!(event, Event::Failed { .. });
                self.counters.peers_failed.fetch_add(u64::from(failed), Ordering::Relaxed);
                self.counters.events.fetch_add(1, Ordering::Relaxed);
                sink(id, event);
            }
            Output::Ufrag(ufrag) => self.mux.add_ufrag(id, &ufrag),
            Output::Validated { address, dropped } => {
                self.mux.learn(now, id, address);
                if let Some(dropped) = dropped {
                    self.mux.forget(id, dropped);
                }
            }
            Output::Wake(at) => self.timers.set(id, at),
        }
    }

    /// The candidate a datagram was sent to. Behind a NAT that is not the local address:
    /// then any of its family stands for it.
    fn candidate_for(&self, local: Option<IpAddr>) -> Option<SocketAddr> {
        let addresses = || self.candidates.iter().map(|(address, _)| *address);
        let exact = addresses().find(|address| Some(address.ip()) == local);
        let family = || addresses().find(|address| local.is_none_or(|ip| ip.is_ipv4() == address.is_ipv4()));
        exact.or_else(family).or_else(|| addresses().next())
    }

    /// The local address to send from for a candidate, `None` to let the kernel choose.
    fn source_for(&self, candidate: SocketAddr) -> Option<IpAddr> {
        self.candidates.iter().find(|(address, local)| *local && *address == candidate).map(|(address, _)| address.ip())
    }
}
