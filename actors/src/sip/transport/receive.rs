//! What comes: datagrams, connections and their bytes. Each is read only as fast as it is handled.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use actix::{ActorFutureExt as _, AsyncContext as _, Context, StreamHandler, WrapFuture as _};
use futures_util::StreamExt as _;
use rustls::ServerConfig;
use sip::dialog::DialogId;
use sip::message::{Incoming, Message, Refused, StreamParser, parse_datagram};
use sip::transaction::{ClientKey, ServerKey};
use sip::transport::{Flow, Hop, Protocol, network};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

use super::stream::{self, Bytes, Open};
use super::trace;
use super::transport::SipTransport;
use super::udp::{self, Datagrams};
use super::ways::{Connection, Key, Slot};

/// What a message belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Known {
    Transaction(ServerKey),
    Dialog(DialogId),
    /// A request of ours.
    Asked(ClientKey),
}

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
            None => self.ways.sources.leave(connection.hop.address.ip()),
        }
        self.watches.lose(flow);
        self.fail_over_lost(flow, ctx);
    }

    /// Whether a message is within the rate of whoever sends it. A dialog and a transaction are counted by themselves: who
    /// knows their names is in them, so that neither a flood of strangers who share or borrow the source of a call
    /// ends it, nor one call the others. So is a request of ours by what answers it: an INVITE may have any number of
    /// answers, and each of them makes us work. A response that nobody waits for costs nothing.
    fn admits(&mut self, now: Instant, message: &Message, source: Hop) -> bool {
        let request = match message {
            Message::Request(request) => request,
            Message::Response(response) => {
                let asked = self.endpoint.asked_by(response).map(Known::Asked);
                return asked.is_none_or(|asked| self.known.admits(now, asked));
            }
        };
        let transaction = self.endpoint.transaction_of(request).map(Known::Transaction);
        let known = transaction.or_else(|| {
            let dialog = DialogId::of_request(request).ok().filter(|id| (self.setup.knows)(id));
            dialog.map(Known::Dialog)
        });
        match known {
            Some(known) => self.known.admits(now, known),
            None => self.strangers.admits(now, network(source.address.ip())),
        }
    }

    /// One message, or what is none. Floods end here.
    fn take(&mut self, read: Result<Incoming, Refused>, source: Hop) {
        let (now, counters) = (Instant::now(), self.setup.counters.clone());
        counters.sip_received.inc();
        let admitted = match &read {
            Ok(Incoming::Message(message)) => {
                log::trace!(source:% = source.address; "received\n{}", trace::without_secrets(&message.to_bytes()));
                self.admits(now, message, source)
            }
            Ok(Incoming::Ping) => self.strangers.admits(now, network(source.address.ip())),
            Ok(Incoming::Pong) => true,
            Err(refused) => {
                counters.sip_malformed.inc();
                log::debug!(source:% = source.address; "SIP message refused: {}", refused.error);
                self.malformed.admits(now, network(source.address.ip()))
            }
        };
        match admitted {
            true => self.endpoint.receive(now, read, source),
            false => drop(counters.sip_dropped.inc()),
        }
    }
}

impl StreamHandler<Datagrams> for SipTransport {
    fn handle(&mut self, came: Datagrams, ctx: &mut Self::Context) {
        came.lost.iter().filter_map(|quoted| ClientKey::of_quoted(quoted)).for_each(|key| self.undelivered(&key, ctx));
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
            connection.spoke |= matches!(read, Ok(Incoming::Message(_)));
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
        if self.ways.sources.are_crowded(peer.ip(), &self.setup.limits) {
            self.make_room(true, ctx);
        }
        if !self.ways.sources.enter(peer.ip(), &self.setup.limits) {
            self.setup.counters.sip_dropped.inc();
            return;
        }
        let tls: Option<Arc<ServerConfig>> = self.setup.tls.clone().filter(|_| protocol == Protocol::Tls);
        let ready = stream::accept(stream, peer, tls, self.setup.limits.connect);
        ctx.spawn(ready.into_actor(self).map(move |ready, transport, ctx| match ready {
            Ok(open) => drop(transport.adopt(protocol, None, open, ctx)),
            Err(error) => {
                log::debug!(source:% = peer; "SIP connection given up: {error}");
                transport.setup.counters.sip_failures.inc();
                transport.ways.sources.leave(peer.ip());
            }
        }));
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}
