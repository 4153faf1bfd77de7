//! What comes: datagrams, connections and their bytes. Each is read only as fast as it is handled.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use actix::{ActorFutureExt as _, AsyncContext as _, Context, StreamHandler, WrapFuture as _};
use futures_util::StreamExt as _;
use rustls::ServerConfig;
use sip::message::{Incoming, Message, Method, Refused, StreamParser, parse_datagram};
use sip::transport::{Flow, Hop, Protocol};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

use super::stream::{self, Bytes, Open};
use super::trace;
use super::transport::SipTransport;
use super::udp::{self, Datagrams};
use super::ways::{Connection, Key, Slot};

/// A connection that somebody made to us.
pub(super) struct Accepted {
    protocol: Protocol,
    stream: TcpStream,
    peer: SocketAddr,
}

impl SipTransport {
    /// Reads a socket from now on. `None`: the runtime does not take it.
    pub(super) fn read_socket(&mut self, socket: std::net::UdpSocket, ctx: &mut Context<SipTransport>) -> Option<Flow> {
        let socket = UdpSocket::from_std(socket).inspect_err(|error| log::error!("SIP socket: {error}")).ok()?;
        let (flow, socket) = (self.sockets.flow(), Arc::new(socket));
        if let Ok(address) = socket.local_addr() {
            log::info!(protocol = "udp", address:%; "SIP socket");
        }
        ctx.add_stream(udp::datagrams(flow, socket.clone()));
        self.ways.udp.insert(flow, socket);
        Some(flow)
    }

    /// Accepts connections from now on.
    pub(super) fn accept_from(
        &mut self,
        protocol: Protocol,
        listener: std::net::TcpListener,
        ctx: &mut Context<SipTransport>,
    ) {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => {
                let accepted = stream::accepted(listener);
                ctx.add_stream(accepted.map(move |(stream, peer)| Accepted { protocol, stream, peer }));
            }
            Err(error) => log::error!("SIP listener: {error}"),
        }
    }

    /// Takes a connection into use.
    pub(super) fn adopt(
        &mut self,
        protocol: Protocol,
        key: Option<Key>,
        open: Open,
        ctx: &mut Context<SipTransport>,
    ) -> Hop {
        let (now, flow) = (Instant::now(), self.sockets.flow());
        let (queue, waiting) = mpsc::channel(self.setup.limits.write_queue);
        let hop = Hop { protocol, address: open.peer, flow };
        let reader = ctx.add_stream(stream::bytes(flow, open.reading));
        let write = stream::write(open.writing, waiting).into_actor(self);
        ctx.spawn(write.map(move |(), transport, ctx| transport.close(flow, ctx)));
        let (local, parser) = (open.local, StreamParser::new());
        let connection =
            Connection { key, hop, local, queue, parser, reader, opened: now, used: now, spoke: false, pinged: None };
        self.ways.connections.insert(flow, connection);
        hop
    }

    /// Ends a connection, if it is not ended; what waits to be written is.
    pub(super) fn close(&mut self, flow: Flow, ctx: &mut Context<SipTransport>) {
        let Some(connection) = self.ways.connections.remove(&flow) else { return };
        ctx.cancel_future(connection.reader);
        match &connection.key {
            Some(key) => {
                if matches!(self.ways.pool.get(key), Some(Slot::Open(own)) if *own == flow) {
                    self.ways.pool.remove(key);
                }
            }
            None => self.leave(connection.hop.address),
        }
        self.watches.lose(flow);
        self.fail_over_lost(flow, ctx);
    }

    /// One accepted connection less of that source.
    fn leave(&mut self, peer: SocketAddr) {
        if let Some(count) = self.ways.sources.get_mut(&peer.ip()) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.ways.sources.remove(&peer.ip());
            }
        }
    }

    fn is_full(&self, peer: SocketAddr) -> bool {
        let limits = &self.setup.limits;
        let (of_source, all) = (self.ways.sources.get(&peer.ip()).copied(), self.ways.sources.values().sum::<usize>());
        of_source.unwrap_or_default() >= limits.connections_per_source || all >= limits.connections
    }

    /// One message, or what is none. Floods end here.
    fn take(&mut self, read: Result<Incoming, Refused>, source: Hop) {
        let (now, counters) = (Instant::now(), &self.setup.counters);
        counters.sip_received.inc();
        let admitted = match &read {
            Ok(Incoming::Message(message)) => {
                log::trace!(source:% = source.address; "received\n{}", trace::without_secrets(&message.to_bytes()));
                !begins(message) || self.requests.admits(now, source.address.ip())
            }
            Ok(Incoming::Ping) => self.requests.admits(now, source.address.ip()),
            Ok(Incoming::Pong) => true,
            Err(refused) => {
                counters.sip_malformed.inc();
                log::debug!(source:% = source.address; "SIP message refused: {}", refused.error);
                self.malformed.admits(now, source.address.ip())
            }
        };
        match admitted {
            true => self.endpoint.receive(now, read, source),
            false => drop(counters.sip_dropped.inc()),
        }
    }
}

/// A request out of dialogs: what anybody may send as often as they like.
fn begins(message: &Message) -> bool {
    match message {
        Message::Request(request) => {
            !matches!(request.method(), Method::Ack | Method::Cancel)
                && request.headers.to().is_ok_and(|to| to.tag().is_none())
        }
        Message::Response(_) => false,
    }
}

impl StreamHandler<Datagrams> for SipTransport {
    fn handle(&mut self, came: Datagrams, ctx: &mut Self::Context) {
        for (address, bytes) in came.batch {
            self.take(parse_datagram(&bytes), Hop { protocol: Protocol::Udp, address, flow: came.flow });
            self.drain(ctx);
        }
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}

impl StreamHandler<Bytes> for SipTransport {
    fn handle(&mut self, came: Bytes, ctx: &mut Self::Context) {
        let Bytes { flow, bytes: Some(bytes) } = came else { return self.close(came.flow, ctx) };
        let Some(connection) = self.ways.connections.get_mut(&flow) else { return };
        (connection.used, connection.pinged) = (Instant::now(), None);
        connection.parser.push(&bytes);
        let hop = connection.hop;
        while let Some(connection) = self.ways.connections.get_mut(&flow) {
            let Some(read) = connection.parser.poll() else { break };
            connection.spoke = true;
            self.take(read, hop);
            self.drain(ctx);
        }
        if self.ways.connections.get(&flow).is_some_and(|connection| connection.parser.is_broken()) {
            self.close(flow, ctx);
        }
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}

impl StreamHandler<Accepted> for SipTransport {
    fn handle(&mut self, Accepted { protocol, stream, peer }: Accepted, ctx: &mut Self::Context) {
        if self.is_full(peer) {
            self.setup.counters.sip_dropped.inc();
            return;
        }
        *self.ways.sources.entry(peer.ip()).or_default() += 1;
        let tls: Option<Arc<ServerConfig>> = self.setup.tls.clone().filter(|_| protocol == Protocol::Tls);
        let ready = stream::accept(stream, peer, tls, self.setup.limits.connect);
        ctx.spawn(ready.into_actor(self).map(move |ready, transport, ctx| match ready {
            Ok(open) => drop(transport.adopt(protocol, None, open, ctx)),
            Err(error) => {
                log::debug!(source:% = peer; "SIP connection given up: {error}");
                transport.setup.counters.sip_failures.inc();
                transport.leave(peer);
            }
        }));
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}
