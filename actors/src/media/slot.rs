//! What a worker has in its table: an echo peer or a bridge, with the way to its owner.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use ::media::phone::Socket;
use ::media::{BadDatagram, Command, Event, Input, Output, Peer, bridge};

use super::{BridgeSink, PeerId, Sink};

/// One entry of the table.
pub(super) struct Slot {
    pub core: Core,
    pub closed: Arc<AtomicBool>,
}

/// Boxed: each has some kilobytes, and the table moves its slots when it grows.
pub(super) enum Core {
    Peer(Box<Peer>, Sink),
    Bridge(Box<bridge::Bridge>, BridgeSink),
}

/// What happens to either.
pub(super) enum Happening<'a> {
    /// A datagram to the socket that all share.
    Datagram {
        source: SocketAddr,
        destination: SocketAddr,
        bytes: &'a [u8],
    },
    /// A datagram to a socket of the bridge's own.
    Phone {
        socket: Socket,
        source: SocketAddr,
        bytes: &'a [u8],
    },
    Timeout,
    Offer(String),
    Bridge(bridge::Command),
    Close,
}

/// What either wants.
pub(super) enum Wish {
    Transmit { source: SocketAddr, destination: SocketAddr, bytes: Vec<u8> },
    Phone { socket: Socket, destination: SocketAddr, bytes: Vec<u8> },
    Peer(Event),
    Bridge(bridge::Event),
    Ufrag(String),
    Validated { address: SocketAddr, dropped: Option<SocketAddr> },
    Heard(bridge::Heard),
    Forget(SocketAddr),
    Wake(Instant),
}

impl Core {
    /// What is not meant for one of its kind is nothing.
    pub fn handle(&mut self, now: Instant, happening: Happening<'_>) -> Result<(), BadDatagram> {
        match self {
            Core::Peer(peer, _) => peer_input(happening).map_or(Ok(()), |input| peer.handle(now, input)),
            Core::Bridge(bridge, _) => bridge_input(happening).map_or(Ok(()), |input| bridge.handle(now, input)),
        }
    }

    pub fn poll(&mut self) -> Option<Wish> {
        match self {
            Core::Peer(peer, _) => peer.poll().map(peer_wish),
            Core::Bridge(bridge, _) => bridge.poll().map(bridge_wish),
        }
    }

    pub fn is_ended(&self) -> bool {
        match self {
            Core::Peer(peer, _) => peer.is_ended(),
            Core::Bridge(bridge, _) => bridge.is_ended(),
        }
    }

    /// The way to tell the owner that it is over.
    pub fn farewell(&self) -> Farewell {
        match self {
            Core::Peer(_, sink) => Farewell::Peer(sink.clone()),
            Core::Bridge(_, sink) => Farewell::Bridge(sink.clone()),
        }
    }
}

/// Tells an owner that its peer or bridge is over.
pub(super) enum Farewell {
    Peer(Sink),
    Bridge(BridgeSink),
    /// That it could not be.
    NoRoom(BridgeSink),
}

impl Farewell {
    pub fn tell(&self, id: PeerId, detail: &str) {
        let detail = detail.to_owned();
        match self {
            Farewell::Peer(sink) => sink(id, Event::Failed { detail }),
            Farewell::Bridge(sink) => sink(id, bridge::Event::Failed { detail }),
            Farewell::NoRoom(sink) => sink(id, bridge::Event::NoRoom { detail }),
        }
    }
}

fn peer_input(happening: Happening<'_>) -> Option<Input<'_>> {
    match happening {
        Happening::Datagram { source, destination, bytes } => Some(Input::Datagram { source, destination, bytes }),
        Happening::Timeout => Some(Input::Timeout),
        Happening::Offer(sdp) => Some(Input::Command(Command::Offer(sdp))),
        Happening::Close => Some(Input::Command(Command::Close)),
        Happening::Phone { .. } | Happening::Bridge(_) => None,
    }
}

fn bridge_input(happening: Happening<'_>) -> Option<bridge::Input<'_>> {
    match happening {
        Happening::Datagram { source, destination, bytes } => {
            Some(bridge::Input::Browser { source, destination, bytes })
        }
        Happening::Phone { socket, source, bytes } => Some(bridge::Input::Phone { socket, source, bytes }),
        Happening::Timeout => Some(bridge::Input::Timeout),
        Happening::Bridge(command) => Some(bridge::Input::Command(command)),
        Happening::Close => Some(bridge::Input::Command(bridge::Command::Close)),
        Happening::Offer(_) => None,
    }
}

fn peer_wish(output: Output) -> Wish {
    match output {
        Output::Transmit { source, destination, bytes } => Wish::Transmit { source, destination, bytes },
        Output::Event(event) => Wish::Peer(event),
        Output::Ufrag(ufrag) => Wish::Ufrag(ufrag),
        Output::Validated { address, dropped } => Wish::Validated { address, dropped },
        Output::Wake(at) => Wish::Wake(at),
    }
}

fn bridge_wish(output: bridge::Output) -> Wish {
    match output {
        bridge::Output::Browser { source, destination, bytes } => Wish::Transmit { source, destination, bytes },
        bridge::Output::Phone { socket, destination, bytes } => Wish::Phone { socket, destination, bytes },
        bridge::Output::Event(event) => Wish::Bridge(event),
        bridge::Output::Heard(heard) => Wish::Heard(heard),
        bridge::Output::Ufrag(ufrag) => Wish::Ufrag(ufrag),
        bridge::Output::Validated { address, dropped } => Wish::Validated { address, dropped },
        bridge::Output::Forget(address) => Wish::Forget(address),
        bridge::Output::Wake(at) => Wish::Wake(at),
    }
}
