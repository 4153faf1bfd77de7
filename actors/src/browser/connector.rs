//! The front connector of a lane: owns the devices of the lane's sessions,
//! stamps `from` on what comes in, numbers and keeps what goes out.
//!
//! Started with its lane. Addressed by sockets ([`Frame`], [`Detached`]), by
//! sessions ([`Connect`], [`Disconnect`]) and, as `browser:<client>`, through the
//! registry. Ends with the lane.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message as ActixMessage, SpawnHandle};
use actix_web::web::Bytes;
use bytestring::ByteString;
use signal::session::{Opened as Validated, Resume};
use signal::{Address, ClientId, Connector, Incoming, Message, Outgoing, SessionId};

use super::Cut;
use super::client::{self, BrowserClient, Close, Opened, Refused};
use super::outbox::Outbox;
use crate::exchange::Exchange;
use crate::limits::{LANE_MAILBOX, SOCKET_BYTES};
use crate::router::registry::{Bind, Unbind};
use crate::router::router::Route;
use crate::router::{Content, Registry, Routed, Router, survive};
use crate::session::{Attach, DeviceLost, Served, Session};

/// See the module.
pub struct BrowserConnector {
    exchange: Arc<Exchange>,
    router: Addr<Router>,
    registry: Addr<Registry>,
    devices: HashMap<ClientId, Device>,
}

/// One device of a session: a socket, or the wait for the one that resumes it.
struct Device {
    session: SessionId,
    owner: Addr<Session>,
    socket: Option<Socket>,
    outbox: Outbox,
    /// The highest `seq` of the client's own.
    received: u64,
    grace: Option<SpawnHandle>,
}

/// A WebSocket, and the means to end it.
#[derive(Clone)]
pub struct Socket {
    client: Addr<BrowserClient>,
    cut: Option<Cut>,
    waiting: Arc<AtomicUsize>,
}

impl Socket {
    /// The socket of `client`, which takes what it handles off the bytes `waiting`.
    pub fn new(client: Addr<BrowserClient>, cut: Option<Cut>, waiting: Arc<AtomicUsize>) -> Socket {
        Socket { client, cut, waiting }
    }

    /// Says why the session is not open, and closes.
    pub fn refuse(&self, kind: signal::session::RefusalKind) {
        self.client.do_send(Refused(kind));
    }

    /// Hands over a frame; `false` if the reader is too slow or gone, and is cut off.
    fn send(&self, frame: Bytes) -> bool {
        let waiting = self.waiting.fetch_add(frame.len(), Ordering::Relaxed) + frame.len();
        let sent = waiting <= SOCKET_BYTES && self.client.try_send(client::Send(frame)).is_ok();
        if !sent && let Some(cut) = &self.cut {
            cut.cut();
        }
        sent
    }
}

impl BrowserConnector {
    /// A connector with no device.
    pub fn new(exchange: Arc<Exchange>, router: Addr<Router>, registry: Addr<Registry>) -> BrowserConnector {
        BrowserConnector { exchange, router, registry, devices: HashMap::new() }
    }

    /// The device has no socket: it may come back within the grace period.
    fn await_resume(&mut self, id: ClientId, ctx: &mut Context<Self>) {
        let grace = self.exchange.settings.resume_grace;
        let Some(device) = self.devices.get_mut(&id) else { return };
        device.socket = None;
        device.owner.do_send(Served { client: id, served: false });
        if let Some(running) = device.grace.take() {
            ctx.cancel_future(running);
        }
        device.grace = Some(ctx.run_later(grace, move |connector, ctx| connector.lose(id, ctx)));
    }

    /// The device is gone for good.
    fn lose(&mut self, id: ClientId, ctx: &mut Context<Self>) {
        if let Some(device) = self.remove(id, ctx) {
            if let Some(socket) = device.socket {
                // Resumed with a number too old: its device is no more, whoever still holds this socket.
                socket.client.do_send(Close { code: 4409, reason: "resumed by another socket" });
            }
            device.owner.do_send(DeviceLost(id));
        }
    }

    fn remove(&mut self, id: ClientId, ctx: &mut Context<Self>) -> Option<Device> {
        let mut device = self.devices.remove(&id)?;
        self.registry.do_send(Unbind { session: device.session, address: Address::new(Connector::Browser, id.0) });
        if let Some(grace) = device.grace.take() {
            ctx.cancel_future(grace);
        }
        Some(device)
    }

    /// Brings `connect` to the device it resumes; gives it back if that cannot be.
    fn resume(&mut self, resume: &Resume, connect: Connect, ctx: &mut Context<Self>) -> Option<Connect> {
        let found = self.devices.get_mut(&resume.client).filter(|device| device.session == connect.session);
        let Some(device) = found else { return Some(connect) };
        let Some(missed) = device.outbox.after(resume.ack).map(|frames| frames.cloned().collect::<Vec<_>>()) else {
            return Some(connect);
        };
        if let Some(grace) = device.grace.take() {
            ctx.cancel_future(grace);
        }
        self.exchange.counters.devices_resumed.inc();
        if let Some(former) = device.socket.replace(connect.socket.clone()) {
            former.client.do_send(Close { code: 4409, reason: "resumed by another socket" });
        }
        device.outbox.ack(resume.ack);
        // The loss of the former socket may have been reported after the session took this one in.
        device.owner.do_send(Served { client: resume.client, served: true });
        let validated =
            Validated { client: resume.client, resumed: true, ack: Some(device.received), ..connect.validated };
        let whole =
            greet(&connect.socket, validated, ctx) && missed.into_iter().all(|frame| connect.socket.send(frame));
        if !whole {
            self.await_resume(resume.client, ctx);
        }
        None
    }

    fn transmit(&mut self, to: Address, from: Address, message: &Message, ctx: &mut Context<Self>) {
        let id = ClientId(to.id);
        let Some(device) = self.devices.get_mut(&id) else { return };
        let seq = Some(device.outbox.next_seq());
        let frame = Outgoing { method: message.method(), from, to, session: "", body: message, seq };
        let Some(text) = written(&frame) else { return };
        device.outbox.push(text.clone());
        if device.socket.as_ref().is_some_and(|socket| !socket.send(text)) {
            self.exchange.counters.sockets_cut.inc();
            self.await_resume(id, ctx);
        }
    }
}

/// `session.validated`: outside the numbered stream, before everything a resume replays.
fn greet(socket: &Socket, validated: Validated, ctx: &mut Context<BrowserConnector>) -> bool {
    let client = validated.client;
    socket.client.do_send(Opened { connector: ctx.address(), client });
    let message = Message::Validated(signal::session::Validated::Ok(Box::new(validated)));
    let to = Address::new(Connector::Browser, client.0);
    let frame = Outgoing { method: message.method(), from: Address::CORE, to, session: "", body: &message, seq: None };
    written(&frame).is_some_and(|text| socket.send(text))
}

/// The frame as text, in no more memory than it needs: it may wait for its confirmation.
fn written(frame: &Outgoing<'_, Message>) -> Option<Bytes> {
    match serde_json::to_vec(frame) {
        Ok(mut text) => {
            text.shrink_to_fit();
            Some(Bytes::from(text))
        }
        Err(error) => {
            log::error!(method = frame.method, error:% = error; "message cannot be written");
            None
        }
    }
}

/// A frame outside the numbered stream of a device.
pub(super) fn unnumbered(message: Message) -> Option<ByteString> {
    let to = Address::new(Connector::Browser, uuid::Uuid::nil());
    let frame = Outgoing { method: message.method(), from: Address::CORE, to, session: "", body: &message, seq: None };
    serde_json::to_string(&frame).ok().map(ByteString::from)
}

impl Actor for BrowserConnector {
    type Context = Context<BrowserConnector>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
    }
}

/// A frame of an open session.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub(super) struct Frame {
    pub client: ClientId,
    pub frame: Box<Incoming>,
}

impl Handler<Frame> for BrowserConnector {
    type Result = ();

    fn handle(&mut self, frame: Frame, _: &mut Self::Context) {
        survive("browser connector", || self.forward(frame));
    }
}

impl BrowserConnector {
    fn forward(&mut self, Frame { client, frame }: Frame) {
        #[cfg(test)]
        crate::tests::trip("browser connector", frame.id.as_ref());
        let Some(device) = self.devices.get_mut(&client) else { return };
        if let Some(seq) = frame.ack {
            device.outbox.ack(seq);
        }
        if let Some(seq) = frame.seq {
            if seq <= device.received {
                return;
            }
            device.received = seq;
        }
        let from = Address::new(Connector::Browser, client.0);
        self.router.do_send(Route { session: device.session, from, frame });
    }
}

/// A message for `browser:<client>`.
impl Handler<Routed> for BrowserConnector {
    type Result = ();

    fn handle(&mut self, routed: Routed, ctx: &mut Self::Context) {
        match routed.content {
            Content::Message(message) => {
                survive("browser connector", || self.transmit(routed.to, routed.from, &message, ctx));
            }
            // A client may not speak to another client: only the engine's actors address browsers.
            Content::Request(frame) => {
                let error = crate::router::router::unknown_address();
                self.router.do_send(crate::router::router::refusal(routed.session, routed.from, error, &frame));
            }
            Content::LegEnded(_) | Content::AskPhone(..) | Content::AskRoom(_) => {}
        }
    }
}

/// The session takes the socket in: as a new device, or as the one it resumes.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Connect {
    /// The session.
    pub session: SessionId,
    /// The session's actor.
    pub owner: Addr<Session>,
    /// The socket.
    pub socket: Socket,
    /// What the client asks to resume.
    pub resume: Option<Resume>,
    /// What to greet it with; `client` is the id of the new device.
    pub validated: Validated,
}

impl Handler<Connect> for BrowserConnector {
    type Result = ();

    fn handle(&mut self, mut connect: Connect, ctx: &mut Self::Context) {
        if let Some(resume) = connect.resume.take() {
            if let Some(Connect { owner, socket, .. }) = self.resume(&resume, connect, ctx) {
                // Nothing to resume: the session takes the socket in as a new device.
                // The lost one must not count against it.
                owner.do_send(Served { client: resume.client, served: false });
                owner.do_send(Attach { socket, resume: None, origin: None, admitted: true });
                self.lose(resume.client, ctx);
            }
            return;
        }
        let Connect { session, owner, socket, validated, .. } = connect;
        let id = validated.client;
        let handle = ctx.address().recipient();
        self.registry.do_send(Bind { session, address: Address::new(Connector::Browser, id.0), handle });
        let greeted = greet(&socket, validated, ctx);
        let device =
            Device { session, owner, socket: Some(socket), outbox: Outbox::default(), received: 0, grace: None };
        self.devices.insert(id, device);
        if !greeted {
            self.await_resume(id, ctx);
        }
    }
}

/// A socket is gone.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub(super) struct Detached {
    pub client: ClientId,
    pub socket: Addr<BrowserClient>,
}

impl Handler<Detached> for BrowserConnector {
    type Result = ();

    fn handle(&mut self, gone: Detached, ctx: &mut Self::Context) {
        let current = self.devices.get(&gone.client).and_then(|device| device.socket.as_ref());
        if current.is_some_and(|socket| socket.client == gone.socket) {
            self.await_resume(gone.client, ctx);
        }
    }
}

/// The session lets a device go.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Disconnect {
    /// Which.
    pub client: ClientId,
    /// How to close its socket.
    pub close: Close,
}

impl Handler<Disconnect> for BrowserConnector {
    type Result = ();

    fn handle(&mut self, Disconnect { client, close }: Disconnect, ctx: &mut Self::Context) {
        if let Some(socket) = self.remove(client, ctx).and_then(|device| device.socket) {
            socket.client.do_send(close);
        }
    }
}

/// A session is over, or died: its sockets close.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct SessionClosed {
    /// Which.
    pub session: Addr<Session>,
    /// The close code.
    pub code: u16,
    /// What the client reads with it.
    pub reason: &'static str,
}

impl Handler<SessionClosed> for BrowserConnector {
    type Result = ();

    fn handle(&mut self, closed: SessionClosed, ctx: &mut Self::Context) {
        let ids: Vec<_> = self.devices.iter().filter(|(_, d)| d.owner == closed.session).map(|(id, _)| *id).collect();
        for client in ids {
            let close = Close { code: closed.code, reason: closed.reason };
            // Not by `notify`, which keeps no order among several: the first reason is the true one.
            Handler::<Disconnect>::handle(self, Disconnect { client, close }, ctx);
        }
    }
}
