//! One WebSocket.
//!
//! Started by [`upgrade`](super::upgrade); addressed by its session's browser
//! connector; ends with the socket. Until `session.open` is answered it has a
//! budget of one message and some seconds, and nothing else in the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, Addr, AsyncContext, Handler, Message as ActixMessage, StreamHandler};
use actix_http::ws::Item;
use actix_web::web::Bytes;
use actix_web_actors::ws::{self, CloseCode, CloseReason, ProtocolError, WebsocketContext};
use bytestring::ByteString;
use signal::message::Request;
use signal::session::{RefusalKind, Validated};
use signal::{ClientId, Code, Error, Incoming, Message};

use super::budget::{Budget, Spend};
use super::connector::{Detached, Frame, unnumbered};
use super::{BrowserConnector, Cut, Socket};
use crate::exchange::Exchange;
use crate::limits::{OPEN_BYTES, OPEN_DEPTH, SOCKET_MAILBOX};
use crate::router::Lane;
use crate::session::core::Open;

/// Time to answer `session.open`; past it the client is refused, and may try again. A session
/// that ends in the same moment leaves the question unanswered.
const ANSWER: Duration = Duration::from_secs(10);
/// Time the peer has to answer a close.
const CLOSING: Duration = Duration::from_secs(2);

/// See the module.
pub struct BrowserClient {
    exchange: Arc<Exchange>,
    lane: Lane,
    origin: Option<String>,
    cut: Option<Cut>,
    stage: Stage,
    /// The token this socket opened with: later frames may repeat it, and nothing else.
    token: Option<String>,
    heard: Instant,
    budget: Budget,
    fragments: Option<Vec<u8>>,
    /// Bytes of the frames that wait in the mailbox.
    waiting: Arc<AtomicUsize>,
    /// Ends the budget of bytes that [`upgrade`](super::upgrade) counts.
    opened: Arc<AtomicBool>,
}

/// A socket's life.
enum Stage {
    /// Nothing came yet.
    Fresh,
    /// The token is being looked up.
    Opening,
    /// Frames go to the session's connector.
    Open { connector: Addr<BrowserConnector>, client: ClientId },
    /// The close frame is out.
    Closing,
}

impl BrowserClient {
    /// A socket that has said nothing yet.
    pub fn new(
        exchange: Arc<Exchange>,
        lane: Lane,
        origin: Option<String>,
        cut: Option<Cut>,
        opened: Arc<AtomicBool>,
    ) -> BrowserClient {
        let limits = &exchange.settings.limits;
        let budget = Budget::new(limits.messages_per_s, limits.messages_burst);
        let heard = Instant::now();
        let (stage, waiting) = (Stage::Fresh, Arc::default());
        BrowserClient {
            exchange,
            lane,
            origin,
            cut,
            stage,
            token: None,
            heard,
            budget,
            fragments: None,
            waiting,
            opened,
        }
    }

    fn text(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        match self.stage {
            Stage::Closing => {}
            Stage::Fresh => self.open(text, ctx),
            Stage::Opening => self.early(ctx),
            Stage::Open { .. } => self.frame(text, ctx),
        }
    }

    /// The first message: `session.open`, or the end.
    fn open(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        let not_open = || Error::new(Code::NotOpen, "session.open must come first");
        let read = Incoming::parse(text, OPEN_BYTES, OPEN_DEPTH).and_then(|frame| match frame.method.as_str() {
            "session.open" => match Request::read(&frame)? {
                Request::Open(open) => Ok((frame, open)),
                _ => Err(not_open()),
            },
            _ => Err(not_open()),
        });
        match read {
            Err(error) => {
                self.exchange.counters.frames_refused.inc();
                Self::refuse(ctx, error);
                self.close(ctx, 4400, "session.open expected");
            }
            Ok((frame, open)) => {
                let token = open.credentials.user_session;
                self.stage = Stage::Opening;
                self.token = Some(token.clone());
                if frame.session.as_ref().is_some_and(|claimed| !claimed.is_empty() && *claimed != token) {
                    return ctx.notify(Refused(RefusalKind::InvalidToken));
                }
                let socket = Socket::new(ctx.address(), self.cut.clone(), self.waiting.clone());
                let open =
                    Open { token, resume: open.resume, origin: self.origin.clone(), socket, lane: self.lane.clone() };
                self.exchange.core.do_send(open);
                ctx.run_later(ANSWER, |client, ctx| {
                    if matches!(client.stage, Stage::Opening) {
                        ctx.notify(Refused(RefusalKind::InternalError));
                    }
                });
            }
        }
    }

    /// A message that did not wait for `session.validated`.
    fn early(&mut self, ctx: &mut WebsocketContext<Self>) {
        if self.granted(ctx) {
            Self::refuse(ctx, Error::new(Code::NotOpen, "session.validated must come first"));
        }
    }

    /// A message of an open session.
    fn frame(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        self.exchange.counters.frames_in.inc();
        if !self.granted(ctx) {
            return;
        }
        let limits = &self.exchange.settings.limits;
        let frame = Incoming::parse(text, limits.frame_bytes, limits.frame_depth).and_then(|frame| self.own(frame));
        match (frame, &self.stage) {
            (Ok(frame), Stage::Open { connector, client }) => {
                connector.do_send(Frame { client: *client, frame: Box::new(frame) });
            }
            (Ok(_), _) => {}
            (Err(error), _) => {
                self.exchange.counters.frames_refused.inc();
                Self::refuse(ctx, error);
            }
        }
    }

    /// Whether the budget has room for a frame; the client is told once that it has not, a flood ends the socket.
    fn granted(&mut self, ctx: &mut WebsocketContext<Self>) -> bool {
        match self.budget.spend(Instant::now()) {
            Spend::Granted => return true,
            Spend::FirstRefusal => Self::refuse(ctx, Error::new(Code::RateLimited, "fewer messages a second expected")),
            Spend::Refused => {}
            Spend::Flood => self.close(ctx, 4429, "rateLimited"),
        }
        false
    }

    /// Refuses a frame that claims another session.
    fn own(&self, frame: Incoming) -> Result<Incoming, Error> {
        match &frame.session {
            Some(claimed) if !claimed.is_empty() && Some(claimed) != self.token.as_ref() => {
                let error = Error::new(Code::Forbidden, "session: the token this socket opened with expected");
                Err(Error { reference: frame.id, method: Some(frame.method), ..error })
            }
            _ => Ok(frame),
        }
    }

    /// An error that no registered address answers: straight to the socket.
    fn refuse(ctx: &mut WebsocketContext<Self>, error: Error) {
        if let Some(text) = unnumbered(Message::Error(error)) {
            ctx.text(text);
        }
    }

    fn close(&mut self, ctx: &mut WebsocketContext<Self>, code: u16, reason: &str) {
        if matches!(self.stage, Stage::Closing) {
            return;
        }
        self.leave(ctx);
        self.stage = Stage::Closing;
        ctx.close(Some(CloseReason { code: CloseCode::from(code), description: Some(reason.to_owned()) }));
        ctx.run_later(CLOSING, |client, ctx| client.end(ctx));
    }

    /// Tells the connector that this socket serves its device no longer.
    fn leave(&mut self, ctx: &mut WebsocketContext<Self>) {
        match &self.stage {
            Stage::Open { connector, client } => {
                connector.do_send(Detached { client: *client, socket: ctx.address() });
            }
            Stage::Fresh | Stage::Opening => {
                self.exchange.counters.sockets_unopened.dec();
            }
            Stage::Closing => {}
        }
    }

    fn heartbeat(&mut self, ctx: &mut WebsocketContext<Self>) {
        let silent = self.heard.elapsed();
        if matches!(self.stage, Stage::Closing) || silent > self.exchange.settings.limits.heartbeat * 2 {
            self.end(ctx);
        } else {
            ctx.ping(b"");
        }
    }

    fn end(&mut self, ctx: &mut WebsocketContext<Self>) {
        if let Some(cut) = &self.cut {
            cut.cut();
        }
        ctx.stop();
    }

    fn fragment(&mut self, item: Item, ctx: &mut WebsocketContext<Self>) {
        if !self.granted(ctx) {
            self.fragments = None;
            return;
        }
        let limit = match self.stage {
            Stage::Fresh => OPEN_BYTES,
            Stage::Opening | Stage::Open { .. } | Stage::Closing => self.exchange.settings.limits.frame_bytes,
        };
        let (bytes, last) = match &item {
            Item::FirstText(bytes) => {
                self.fragments = Some(Vec::new());
                (bytes, false)
            }
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
            Item::FirstBinary(_) => return self.unsupported(ctx),
        };
        let Some(fragments) = &mut self.fragments else { return };
        if fragments.len() + bytes.len() > limit {
            return self.too_large(limit, ctx);
        }
        fragments.extend_from_slice(bytes);
        if last {
            let whole = self.fragments.take().unwrap_or_default();
            match String::from_utf8(whole) {
                Ok(text) => self.text(&text, ctx),
                Err(_) => self.close(ctx, 1007, "UTF-8 expected"),
            }
        }
    }

    fn unsupported(&mut self, ctx: &mut WebsocketContext<Self>) {
        Self::refuse(ctx, Error::new(Code::Malformed, "a text frame expected"));
        if !matches!(self.stage, Stage::Open { .. }) {
            self.close(ctx, 4400, "a text frame expected");
        }
    }

    fn too_large(&mut self, most: usize, ctx: &mut WebsocketContext<Self>) {
        self.exchange.counters.frames_refused.inc();
        Self::refuse(ctx, Error::new(Code::TooLarge, format!("a frame of at most {most} bytes expected")));
        self.close(ctx, 1009, "tooLarge");
    }
}

impl Actor for BrowserClient {
    type Context = WebsocketContext<BrowserClient>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(SOCKET_MAILBOX);
        self.exchange.counters.sockets.inc();
        self.exchange.counters.sockets_unopened.inc();
        let limits = &self.exchange.settings.limits;
        ctx.run_later(limits.open_timeout, |client, ctx| {
            if matches!(client.stage, Stage::Fresh) {
                client.close(ctx, 4408, "session.open expected");
            }
        });
        ctx.run_interval(limits.heartbeat, BrowserClient::heartbeat);
    }

    fn stopped(&mut self, ctx: &mut Self::Context) {
        self.leave(ctx);
        self.exchange.counters.sockets.dec();
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for BrowserClient {
    fn handle(&mut self, message: Result<ws::Message, ProtocolError>, ctx: &mut Self::Context) {
        self.heard = Instant::now();
        match message {
            Ok(ws::Message::Text(text)) => self.text(&text, ctx),
            Ok(ws::Message::Ping(payload)) if self.granted(ctx) => ctx.pong(&payload),
            Ok(ws::Message::Binary(_)) if self.granted(ctx) => self.unsupported(ctx),
            Ok(ws::Message::Ping(_) | ws::Message::Pong(_) | ws::Message::Binary(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Continuation(item)) => self.fragment(item, ctx),
            Ok(ws::Message::Close(reason)) => {
                // RFC 6455 5.5.1: a close is answered once, and the answer to ours is not answered.
                if !matches!(self.stage, Stage::Closing) {
                    self.leave(ctx);
                    self.stage = Stage::Closing;
                    ctx.close(reason);
                }
                ctx.stop();
            }
            Err(ProtocolError::Overflow) => self.too_large(self.exchange.settings.limits.frame_bytes, ctx),
            Err(_) => self.end(ctx),
        }
    }
}

/// The session is open: frames go to `connector` from now on.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Opened {
    /// The browser connector of the session's lane.
    pub connector: Addr<BrowserConnector>,
    /// The device.
    pub client: ClientId,
}

impl Handler<Opened> for BrowserClient {
    type Result = ();

    fn handle(&mut self, opened: Opened, ctx: &mut Self::Context) {
        let Opened { connector, client } = opened;
        if matches!(self.stage, Stage::Opening) {
            self.exchange.counters.sockets_unopened.dec();
            self.opened.store(true, Ordering::Relaxed);
            self.stage = Stage::Open { connector, client };
        } else {
            connector.do_send(Detached { client, socket: ctx.address() });
        }
    }
}

/// A frame for the socket, ready to go.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub(super) struct Send(pub Bytes);

impl Handler<Send> for BrowserClient {
    type Result = ();

    fn handle(&mut self, Send(frame): Send, ctx: &mut Self::Context) {
        self.waiting.fetch_sub(frame.len(), Ordering::Relaxed);
        if let (Ok(text), false) = (ByteString::try_from(frame), matches!(self.stage, Stage::Closing)) {
            self.exchange.counters.frames_out.inc();
            ctx.text(text);
        }
    }
}

/// The session is not open: says why and closes.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Refused(pub RefusalKind);

impl Handler<Refused> for BrowserClient {
    type Result = ();

    fn handle(&mut self, Refused(kind): Refused, ctx: &mut Self::Context) {
        if let Some(text) = unnumbered(Message::Validated(Validated::from(kind))) {
            ctx.text(text);
        }
        self.close(ctx, 4401, kind.message());
    }
}

/// Closes the socket.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Close {
    /// The WebSocket close code.
    pub code: u16,
    /// What the client reads with it.
    pub reason: &'static str,
}

impl Handler<Close> for BrowserClient {
    type Result = ();

    fn handle(&mut self, close: Close, ctx: &mut Self::Context) {
        self.close(ctx, close.code, close.reason);
    }
}
