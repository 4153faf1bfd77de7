//! The peers of one worker, each behind a wall: what one panics on ends that one only.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use ::media::phone::{PhoneSetup, Socket};
use ::media::{Certificate, Event, Kind, Peer, Setup, bridge};
use sdp::AddressPolicy;

use super::mux::Mux;
use super::outbox::Outbox;
use super::phones::{DATAGRAM_BYTES, FromPhone, Phones};
use super::recorder::Recorders;
use super::slot::{Core, Farewell, Happening, Slot, Wish};
use super::socket::Datagram;
use super::timers::Timers;
use super::{BridgeSetup, BridgeSink, Counters, PeerId, Recording, Sink};

/// The table of peers and all that finds or wakes them.
pub(super) struct Peers {
    peers: HashMap<PeerId, Slot>,
    plane: Plane,
    certificate: Certificate,
    load: Arc<AtomicU64>,
    /// For a datagram of a phone.
    buffer: Box<[u8]>,
}

/// What the outputs of peers act on.
struct Plane {
    mux: Mux,
    timers: Timers,
    outbox: Outbox,
    phones: Phones,
    recorders: Recorders,
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
        phones: Phones,
        recorders: Recorders,
    ) -> Self {
        let (mux, timers, outbox) = (Mux::default(), Timers::default(), Outbox::default());
        let plane = Plane { mux, timers, outbox, phones, recorders, counters, candidates };
        Self { peers: HashMap::new(), plane, certificate, load, buffer: vec![0; DATAGRAM_BYTES].into() }
    }

    /// Adds a peer, unless its handle is gone already.
    pub fn open(&mut self, now: Instant, id: PeerId, kind: Kind, sink: Sink, closed: Arc<AtomicBool>) {
        if closed.load(Ordering::Relaxed) {
            self.load.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        let setup = Setup { kind, candidates: self.plane.addresses(), certificate: self.certificate.clone(), seed };
        self.insert(now, id, Slot { core: Core::Peer(Box::new(Peer::new(now, &setup)), sink), closed });
    }

    /// Adds a bridge, unless its handle is gone already.
    pub fn open_bridge(
        &mut self,
        now: Instant,
        id: PeerId,
        setup: BridgeSetup,
        sink: BridgeSink,
        closed: Arc<AtomicBool>,
    ) {
        if closed.load(Ordering::Relaxed) {
            self.load.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let ports = match self.plane.phones.open(now, id, setup.bind, setup.policy.video) {
            Ok(ports) => ports,
            Err(error) => {
                self.load.fetch_sub(1, Ordering::Relaxed);
                log::error!("RTP ports at {}: {error}", setup.bind);
                return self.fail(id, &Farewell::NoRoom(sink), "no RTP port is free");
            }
        };
        // A phone on this machine is for an engine that talks to this machine only.
        let addresses = AddressPolicy { loopback: setup.policy.announce.is_loopback(), ..AddressPolicy::default() };
        let mut entropy = [0; 32];
        let (random, second) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        for (to, from) in entropy.iter_mut().zip(random.as_bytes().iter().chain(second.as_bytes())) {
            *to = *from;
        }
        let phone = PhoneSetup { policy: setup.policy, addresses, ports, entropy };
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        let candidates = self.plane.addresses();
        let setup = bridge::Setup { phone, candidates, certificate: self.certificate.clone(), seed };
        let core = Core::Bridge(Box::new(bridge::Bridge::new(now, setup)), sink);
        self.insert(now, id, Slot { core, closed });
    }

    fn insert(&mut self, now: Instant, id: PeerId, slot: Slot) {
        self.peers.insert(id, slot);
        self.plane.counters.peers.fetch_add(1, Ordering::Relaxed);
        self.drive(now, id, Happening::Timeout);
    }

    /// An offer for an echo peer; one that is gone is not missed.
    pub fn offer(&mut self, now: Instant, id: PeerId, sdp: String) {
        self.drive(now, id, Happening::Offer(sdp));
    }

    /// A command for a bridge.
    pub fn bridge(&mut self, now: Instant, id: PeerId, command: bridge::Command) {
        self.drive(now, id, Happening::Bridge(command));
    }

    /// Starts, pauses or ends the recording of a bridge.
    pub fn record(&mut self, now: Instant, id: PeerId, recording: Recording) {
        let Some(Core::Bridge(_, sink)) = self.peers.get(&id).map(|slot| &slot.core) else { return };
        let verb = match recording {
            Recording::Start { .. } => bridge::Record::Start,
            Recording::Pause => bridge::Record::Pause,
            Recording::Resume => bridge::Record::Resume,
            Recording::Stop => bridge::Record::Stop,
        };
        self.plane.recorders.verb(id, now, recording, sink);
        self.drive(now, id, Happening::Bridge(bridge::Command::Record(verb)));
    }

    /// Ends a peer or a bridge.
    pub fn close(&mut self, now: Instant, id: PeerId) {
        self.drive(now, id, Happening::Close);
    }

    /// The phones' sockets.
    pub fn phones(&self) -> &Phones {
        &self.plane.phones
    }

    /// Takes what has come from phones; how many datagrams there were.
    pub fn receive_from_phones(&mut self, now: Instant) -> std::io::Result<usize> {
        self.plane.phones.look()?;
        let mut buffer = std::mem::take(&mut self.buffer);
        let (mut packets, mut bytes_in) = (0, 0);
        while let Some(FromPhone { peer, socket, source, length }) = self.plane.phones.next(&mut buffer) {
            let bytes = buffer.get(..length).unwrap_or_default();
            self.drive(now, peer, Happening::Phone { socket, source, bytes });
            packets += 1;
            bytes_in += length as u64;
        }
        self.buffer = buffer;
        self.plane.counters.packets_in.fetch_add(packets as u64, Ordering::Relaxed);
        self.plane.counters.bytes_in.fetch_add(bytes_in, Ordering::Relaxed);
        Ok(packets)
    }

    /// A datagram from the network.
    pub fn datagram(&mut self, now: Instant, datagram: &Datagram<'_>) {
        let Some(id) = self.plane.mux.route(now, datagram.source, datagram.bytes) else {
            self.plane.counters.count_bad(None);
            return;
        };
        let Some(destination) = self.plane.candidate_for(datagram.destination) else { return };
        let happening = Happening::Datagram { source: datagram.source, destination, bytes: datagram.bytes };
        self.drive(now, id, happening);
    }

    /// Wakes every peer whose time has come.
    pub fn expire(&mut self, now: Instant) {
        while let Some(id) = self.plane.timers.pop(now) {
            self.drive(now, id, Happening::Timeout);
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
            let farewell = self.peers.get(&id).map(|slot| slot.core.farewell());
            self.drive(now, id, Happening::Close);
            farewell.iter().for_each(|farewell| self.fail(id, farewell, "the media worker has stopped"));
        }
    }

    /// Gives a peer its input and does what it wants.
    fn drive(&mut self, now: Instant, id: PeerId, happening: Happening<'_>) {
        let Some(slot) = self.peers.get_mut(&id) else { return };
        let closed = slot.closed.load(Ordering::Relaxed);
        let happening = if closed { Happening::Close } else { happening };
        let plane = &mut self.plane;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if let Err(bad) = slot.core.handle(now, happening) {
                plane.counters.count_bad(Some(bad));
            }
            while let Some(wish) = slot.core.poll() {
                plane.apply(now, id, &slot.core, wish);
            }
        }));
        if outcome.is_err() {
            log::error!("media peer {id} panicked and is ended");
            let farewell = slot.core.farewell();
            self.remove(now, id);
            self.fail(id, &farewell, "internal error in the media plane");
        } else if slot.core.is_ended() {
            self.remove(now, id);
        }
    }

    fn fail(&self, id: PeerId, farewell: &Farewell, detail: &str) {
        self.plane.counters.peers_failed.fetch_add(1, Ordering::Relaxed);
        if catch_unwind(AssertUnwindSafe(|| farewell.tell(id, detail))).is_err() {
            log::error!("the sink of media peer {id} panicked");
        }
    }

    fn remove(&mut self, now: Instant, id: PeerId) {
        if let Some(slot) = self.peers.remove(&id) {
            self.plane.mux.remove(id);
            self.plane.timers.remove(id);
            if let Core::Bridge(..) = slot.core {
                self.plane.phones.close(now, id);
                self.plane.recorders.end(id, now);
            }
            self.plane.counters.peers.fetch_sub(1, Ordering::Relaxed);
            self.load.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Plane {
    fn apply(&mut self, now: Instant, id: PeerId, core: &Core, wish: Wish) {
        match wish {
            Wish::Transmit { source, destination, bytes } => {
                let source = self.source_for(source);
                self.outbox.push(source, destination, bytes);
            }
            Wish::Phone { socket, destination, bytes } => self.to_phone(id, socket, destination, &bytes),
            Wish::Peer(event) => {
                self.count_event(matches!(event, Event::Failed { .. }));
                if let Core::Peer(_, sink) = core {
                    sink(id, event);
                }
            }
            Wish::Bridge(event) => {
                self.count_event(matches!(event, bridge::Event::Failed { .. }));
                if let Core::Bridge(_, sink) = core {
                    sink(id, event);
                }
            }
            Wish::Ufrag(ufrag) => self.mux.add_ufrag(id, &ufrag),
            Wish::Validated { address, dropped } => {
                self.mux.learn(now, id, address);
                if let Some(dropped) = dropped {
                    self.mux.forget(id, dropped);
                }
            }
            Wish::Heard(heard) => self.recorders.packet(id, now, heard),
            Wish::Forget(address) => self.mux.forget(id, address),
            Wish::Wake(at) => self.timers.set(id, at),
        }
    }

    fn count_event(&self, failed: bool) {
        self.counters.peers_failed.fetch_add(u64::from(failed), Ordering::Relaxed);
        self.counters.events.fetch_add(1, Ordering::Relaxed);
    }

    /// Sends at once: each bridge has sockets of its own, and nothing could be joined.
    fn to_phone(&self, id: PeerId, socket: Socket, destination: SocketAddr, bytes: &[u8]) {
        match self.phones.send(id, socket, destination, bytes) {
            Ok(()) => {
                self.counters.packets_out.fetch_add(1, Ordering::Relaxed);
                self.counters.bytes_out.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            Err(error) => {
                self.counters.send_errors.fetch_add(1, Ordering::Relaxed);
                log::debug!("datagram to the phone at {destination} not sent: {error}");
            }
        }
    }

    /// Our host candidates.
    fn addresses(&self) -> Vec<SocketAddr> {
        self.candidates.iter().map(|(address, _)| *address).collect()
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
