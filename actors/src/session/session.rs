//! One session: its devices, its accounts, its end.
//!
//! Started by the registry of its lane with the first socket; addressed by its
//! clients as `core`, by the registry ([`Attach`], [`Reload`], [`Stop`]) and by its
//! accounts' drop guards; ends with its last device, its token or its row.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message as ActixMessage, WrapFuture,
};
use signal::message::Request;
use signal::session::{Expiring, IceServer, IceServers, Opened, Pong, RefusalKind, Resume};
use signal::{AccountId, Address, ClientId, Code, Connector, EndReason, Error, Incoming, Message};
use time::OffsetDateTime;
use uuid::Uuid;

use super::accounts::Accounts;
use super::ice;
use crate::browser::{Close, Connect, Disconnect, SessionClosed, Socket};
use crate::directory::SessionRecord;
use crate::exchange::Exchange;
use crate::limits::ACTOR_MAILBOX;
use crate::router::registry::SessionEnded;
use crate::router::router::refusal;
use crate::router::{Content, Lane, Registry, Routed};

/// How often the expiry is looked at.
const TICK: Duration = Duration::from_secs(20);
/// `session.expiring` comes this long before the end.
const EXPIRING: time::Duration = time::Duration::seconds(60);
/// Time for the last messages to reach their sockets.
const LINGER: Duration = Duration::from_millis(250);

/// See the module.
pub struct Session {
    exchange: Arc<Exchange>,
    lane: Lane,
    record: SessionRecord,
    /// Its devices, and whether a socket serves them at the moment.
    clients: HashMap<ClientId, bool>,
    accounts: Accounts,
    ending: bool,
    guard: Option<Guard>,
}

impl Session {
    /// The session of `record`, with no device yet.
    pub fn new(exchange: Arc<Exchange>, lane: Lane, record: SessionRecord) -> Session {
        Session {
            exchange,
            lane,
            record,
            clients: HashMap::new(),
            accounts: Accounts::default(),
            ending: false,
            guard: None,
        }
    }

    /// Whether a socket of a page from `origin` may be taken in.
    fn admits(&self, attach: &Attach) -> Result<(), RefusalKind> {
        let allowed = &self.record.allowed_origins;
        let from_page = attach.origin.as_ref();
        if !attach.admitted && !allowed.is_empty() && from_page.is_none_or(|origin| !allowed.contains(origin)) {
            return Err(RefusalKind::OriginNotAllowed);
        }
        if self.ending {
            // It may live again a moment later; whether it may is for the next look-up to say.
            return Err(RefusalKind::InternalError);
        }
        let resumed = attach.resume.as_ref().is_some_and(|resume| self.clients.contains_key(&resume.client));
        let served = self.clients.values().filter(|served| **served).count();
        if !resumed && served >= self.record.max_devices {
            return Err(RefusalKind::TooManyConnections);
        }
        Ok(())
    }

    fn take_in(&mut self, attach: Attach, ctx: &mut Context<Self>) {
        let resume = attach.resume.filter(|resume| self.clients.contains_key(&resume.client));
        if resume.is_none() {
            self.make_room();
        }
        let client = resume.as_ref().map_or_else(|| ClientId(Uuid::new_v4()), |resume| resume.client);
        self.clients.insert(client, true);
        let id = self.record.id;
        log::info!(session:% = id, client:% = client, resume = resume.is_some(); "session open");
        let validated = Opened {
            result: true,
            accounts: self.accounts.shown(),
            client,
            ice_servers: self.ice_servers(),
            resumed: false,
            ack: None,
            expires: u64::try_from((self.record.expires - OffsetDateTime::now_utc()).whole_seconds()).unwrap_or(0),
        };
        let connect = Connect { session: id, owner: ctx.address(), socket: attach.socket, resume, validated };
        self.lane.browser.do_send(connect);
    }

    fn ice_servers(&self) -> Vec<IceServer> {
        ice::servers(self.exchange.settings.turn.as_ref(), self.record.id, SystemTime::now())
    }

    /// Reloaded pages leave devices behind that wait out their grace; the bound on them is as high as that on sockets.
    fn make_room(&mut self) {
        let waiting: Vec<_> = self.clients.iter().filter(|(_, served)| !**served).map(|(id, _)| *id).collect();
        if waiting.len() >= self.record.max_devices.max(4)
            && let Some(client) = waiting.first().copied()
        {
            self.lane.browser.do_send(Disconnect { client, close: Close { code: 1000, reason: "forgotten" } });
            self.forget(client);
        }
    }

    fn forget(&mut self, client: ClientId) {
        if self.clients.remove(&client).is_some() {
            self.accounts.client_lost(client);
        }
    }

    fn tell(&self, to: Address, message: Message) {
        let content = Content::Message(Box::new(message));
        self.lane.router.do_send(Routed { session: self.record.id, from: Address::CORE, to, content });
    }

    fn tell_all(&self, message: &Message) {
        for client in self.clients.keys() {
            self.tell(Address::new(Connector::Browser, client.0), message.clone());
        }
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = OffsetDateTime::now_utc();
        if let (Some(sliding), true) = (self.record.sliding, self.clients.values().any(|served| *served)) {
            // A row that lags by a little is as good: it is written when it lags by a twentieth.
            if now + sliding - self.record.expires > sliding / 20 {
                self.exchange.directory.touch(vec![self.record.id]);
                self.record.expires = now + sliding;
            }
        }
        let left = self.record.expires - now;
        if left <= time::Duration::ZERO {
            self.end(Stop { code: 4401, word: "sessionExpired", reason: EndReason::Unavailable }, ctx);
        } else if left <= EXPIRING {
            let in_s = u64::try_from(left.whole_seconds()).unwrap_or(0);
            self.tell_all(&Message::Expiring(Expiring { in_s }));
        }
    }

    fn rebuild(&mut self, id: AccountId) {
        self.accounts.rebuild(id);
        self.exchange.counters.actors_rebuilt.inc();
    }

    fn end(&mut self, stop: Stop, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.ending, true) {
            return;
        }
        log::info!(session:% = self.record.id, reason = stop.word; "session end");
        self.accounts.stop(stop.reason);
        ctx.run_later(LINGER, move |session, ctx| {
            let closed = SessionClosed { session: ctx.address(), code: stop.code, reason: stop.word };
            session.lane.browser.do_send(closed);
            ctx.stop();
        });
    }

    fn request(&mut self, from: Address, frame: &Incoming, ctx: &mut Context<Self>) {
        #[cfg(test)]
        crate::tests::trip("session", frame.id.as_ref());
        let error = match Request::read(frame) {
            Ok(Request::Close) => {
                return self.end(Stop { code: 1000, word: "session.close", reason: EndReason::Normal }, ctx);
            }
            // The connector has read the number already.
            Ok(Request::Ack(_)) => return,
            Ok(Request::Ping) => return self.tell(from, Message::Pong(Pong {})),
            Ok(Request::Open(_)) => Error::new(Code::WrongState, "the session is open already"),
            Ok(Request::Connect(_) | Request::Disconnect(_) | Request::Call(_) | Request::Conference(_)) => {
                Error::new(Code::UnknownMethod, "method: session.close expected where to is the core")
            }
            Err(error) => error,
        };
        self.lane.router.do_send(refusal(self.record.id, from, error, frame));
    }
}

impl Actor for Session {
    type Context = Context<Session>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        self.exchange.counters.sessions.inc();
        let lane = self.lane.clone();
        self.guard = Some(Guard { registry: lane.registry.clone(), lane, id: self.record.id, session: ctx.address() });
        self.accounts.limit_calls(self.record.max_calls);
        for record in std::mem::take(&mut self.record.accounts) {
            self.accounts.start(&self.exchange, &self.lane, self.record.id, &ctx.address(), record);
        }
        ctx.run_interval(TICK, Session::tick);
        if let Some(turn) = &self.exchange.settings.turn {
            ctx.run_interval(turn.ttl / 2, |session, _| {
                session.tell_all(&Message::IceServers(IceServers { ice_servers: session.ice_servers() }));
            });
        }
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.exchange.counters.sessions.dec();
    }
}

/// A message to `core`.
impl Handler<Routed> for Session {
    type Result = ();

    fn handle(&mut self, routed: Routed, ctx: &mut Self::Context) {
        if let Content::Request(frame) = &routed.content {
            self.request(routed.from, frame, ctx);
        }
    }
}

/// A socket whose token was this session's.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Attach {
    /// The socket.
    pub socket: Socket,
    /// The device it wants to take the place of.
    pub resume: Option<Resume>,
    /// The page's origin.
    pub origin: Option<String>,
    /// The origin is checked already.
    pub admitted: bool,
}

impl Handler<Attach> for Session {
    type Result = ();

    fn handle(&mut self, attach: Attach, ctx: &mut Self::Context) {
        match self.admits(&attach) {
            Ok(()) => self.take_in(attach, ctx),
            Err(kind) => {
                self.exchange.counters.sessions_refused.inc();
                attach.socket.refuse(kind);
                if self.clients.is_empty() {
                    ctx.stop();
                }
            }
        }
    }
}

/// A device has lost its socket, or has one again.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Served {
    /// Which.
    pub client: ClientId,
    /// Whether a socket serves it.
    pub served: bool,
}

impl Handler<Served> for Session {
    type Result = ();

    fn handle(&mut self, Served { client, served }: Served, _: &mut Self::Context) {
        if let Some(state) = self.clients.get_mut(&client) {
            *state = served;
        }
    }
}

/// A device did not come back within the grace period.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct DeviceLost(pub ClientId);

impl Handler<DeviceLost> for Session {
    type Result = ();

    fn handle(&mut self, DeviceLost(client): DeviceLost, ctx: &mut Self::Context) {
        self.forget(client);
        if self.clients.is_empty() && !self.ending {
            log::info!(session:% = self.record.id, reason = "the last device is gone"; "session end");
            self.accounts.stop(EndReason::ConnectionLost);
            // Nobody is left to hear last words, and a page that comes now finds the way free.
            ctx.stop();
        }
    }
}

/// An account actor is gone: drop guards send it, after a panic too.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct AccountDied(pub AccountId, pub Address);

impl Handler<AccountDied> for Session {
    type Result = ();

    fn handle(&mut self, AccountDied(id, address): AccountDied, ctx: &mut Self::Context) {
        let Some(delay) = self.accounts.died(id, address).filter(|_| !self.ending) else { return };
        if delay.is_zero() {
            self.rebuild(id);
        } else {
            ctx.run_later(delay, move |session, _| session.rebuild(id));
        }
    }
}

/// Provisioning changed something of the session.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Reload;

impl Handler<Reload> for Session {
    type Result = ();

    fn handle(&mut self, _: Reload, ctx: &mut Self::Context) {
        let directory = self.exchange.directory.clone();
        let id = self.record.id;
        let reload = async move { directory.reload(id).await };
        ctx.spawn(reload.into_actor(self).map(move |found, session, ctx| match found {
            Ok(mut record) => {
                let accounts = std::mem::take(&mut record.accounts);
                session.record = record;
                session.accounts.limit_calls(session.record.max_calls);
                session.accounts.reconcile(&session.exchange, &session.lane, id, &ctx.address(), accounts);
            }
            // The database is away: what is known goes on.
            Err(RefusalKind::InternalError) => {}
            Err(_) => session.end(Stop::deactivated(), ctx),
        }));
    }
}

/// Ends the session.
#[derive(ActixMessage, Clone, Copy)]
#[rtype(result = "()")]
pub struct Stop {
    /// The close code of its sockets.
    code: u16,
    /// What the client reads with it.
    word: &'static str,
    /// Why its calls end.
    reason: EndReason,
}

impl Stop {
    /// Its row is gone.
    pub const fn deactivated() -> Stop {
        Stop { code: 4401, word: "sessionDeactivated", reason: EndReason::Unavailable }
    }

    /// The engine goes down.
    pub const fn shutdown() -> Stop {
        Stop { code: 1012, word: "the engine restarts", reason: EndReason::Unavailable }
    }
}

impl Handler<Stop> for Session {
    type Result = ();

    fn handle(&mut self, stop: Stop, ctx: &mut Self::Context) {
        self.end(stop, ctx);
    }
}

/// Tells the registry and the sockets when the actor is gone, after a panic too.
struct Guard {
    registry: Addr<Registry>,
    lane: Lane,
    id: signal::SessionId,
    session: Addr<Session>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.registry.do_send(SessionEnded { id: self.id, session: self.session.clone() });
        self.lane.browser.do_send(SessionClosed { session: self.session.clone(), code: 1011, reason: "internalError" });
    }
}
