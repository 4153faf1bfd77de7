//! Address → handle, grouped by session and supervised per session.
//!
//! All handles of a session are bound, die and are dropped together. A look-up
//! needs the sender's session, so a foreign address equals a missing one. Started
//! with its lane; starts, watches and forgets the sessions of the lane.

use std::collections::HashMap;
use std::sync::Arc;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message as ActixMessage, Recipient, dev::SendError};
use signal::{Address, Code, Connector, Error, SessionId};

use super::router::{refusal, unknown_address};
use super::{Content, Lane, Routed, survive};
use crate::directory::{Change, SessionRecord};
use crate::exchange::Exchange;
use crate::limits::LANE_MAILBOX;
use crate::session::core::SessionGone;
use crate::session::{Attach, Reload, Session, Stop};

/// See the module.
pub struct Registry {
    exchange: Arc<Exchange>,
    lane: Lane,
    sessions: HashMap<SessionId, Entry>,
}

struct Entry {
    session: Addr<Session>,
    handles: HashMap<Address, Recipient<Routed>>,
    /// The newest `Open` that reached this session; see [`SessionGone`].
    epoch: u64,
}

impl Registry {
    /// A registry of `lane`, empty.
    pub fn new(exchange: Arc<Exchange>, lane: Lane) -> Registry {
        Registry { exchange, lane, sessions: HashMap::new() }
    }

    /// Starts a registry whose lane needs its address first.
    pub fn create_lane(build: impl FnOnce(Addr<Registry>) -> (Lane, Registry)) -> Lane {
        let mut started = None;
        Registry::create(|ctx| {
            let (lane, registry) = build(ctx.address());
            started = Some(lane);
            registry
        });
        #[expect(clippy::expect_used, reason = "create() runs the closure before it returns")]
        started.expect("the registry is created")
    }

    fn deliver(&self, message: Routed) {
        let handle = self.sessions.get(&message.session).and_then(|entry| entry.handles.get(&message.to));
        let Some(handle) = handle else {
            return self.answer(&message, unknown_address());
        };
        if message.to.connector == Connector::Browser || !matches!(message.content, Content::Request(_)) {
            return handle.do_send(message);
        }
        match handle.try_send(message) {
            Ok(()) => {}
            Err(SendError::Full(message)) => {
                self.answer(&message, Error::new(Code::RateLimited, "fewer messages expected"))
            }
            Err(SendError::Closed(message)) => {
                self.answer(&message, Error::new(Code::InternalError, "the actor is being rebuilt: try again"))
            }
        }
    }

    /// Tells the client whose request did not arrive; what the engine itself sends needs no answer.
    fn answer(&self, message: &Routed, error: Error) {
        // A confirmation is never answered, not even if its call is gone.
        if let Content::Request(frame) = &message.content
            && frame.method != "call.ack.end"
        {
            self.deliver(refusal(message.session, message.from, error, frame));
        }
    }
}

impl Actor for Registry {
    type Context = Context<Registry>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
    }
}

impl Handler<Routed> for Registry {
    type Result = ();

    fn handle(&mut self, message: Routed, _: &mut Self::Context) {
        survive("registry", || {
            #[cfg(test)]
            if let Content::Request(frame) = &message.content {
                crate::tests::trip("registry", frame.id.as_ref());
            }
            self.deliver(message);
        });
    }
}

/// A validated token: brings a socket to its session, which is started if need be.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Admit {
    /// The session as provisioned.
    pub record: SessionRecord,
    /// The socket.
    pub attach: Attach,
    /// Grows with every `Admit` of the engine.
    pub epoch: u64,
}

impl Handler<Admit> for Registry {
    type Result = ();

    fn handle(&mut self, admit: Admit, _: &mut Self::Context) {
        let id = admit.record.id;
        let alive = self.sessions.get(&id).is_some_and(|entry| entry.session.connected());
        if !alive {
            let session = Session::new(self.exchange.clone(), self.lane.clone(), admit.record).start();
            let core = (Address::CORE, session.clone().recipient());
            self.sessions.insert(id, Entry { session, handles: HashMap::from([core]), epoch: admit.epoch });
        }
        if let Some(entry) = self.sessions.get_mut(&id) {
            entry.epoch = admit.epoch;
            entry.session.do_send(admit.attach);
        }
    }
}

/// Makes an actor of a session addressable.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Bind {
    /// Whose actor.
    pub session: SessionId,
    /// Under which address.
    pub address: Address,
    /// The actor.
    pub handle: Recipient<Routed>,
}

impl Handler<Bind> for Registry {
    type Result = ();

    fn handle(&mut self, bind: Bind, _: &mut Self::Context) {
        if let Some(entry) = self.sessions.get_mut(&bind.session) {
            entry.handles.insert(bind.address, bind.handle);
        }
    }
}

/// Makes an address unknown again.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Unbind {
    /// Whose actor.
    pub session: SessionId,
    /// Under which address.
    pub address: Address,
}

impl Handler<Unbind> for Registry {
    type Result = ();

    fn handle(&mut self, unbind: Unbind, _: &mut Self::Context) {
        if let Some(entry) = self.sessions.get_mut(&unbind.session) {
            entry.handles.remove(&unbind.address);
        }
    }
}

/// A session is over, or died: all its handles go with it.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct SessionEnded {
    /// Which.
    pub id: SessionId,
    /// The actor that ended; a newer one with the same id stays.
    pub session: Addr<Session>,
}

impl Handler<SessionEnded> for Registry {
    type Result = ();

    fn handle(&mut self, ended: SessionEnded, _: &mut Self::Context) {
        if self.sessions.get(&ended.id).is_none_or(|entry| entry.session != ended.session) {
            return;
        }
        if let Some(entry) = self.sessions.remove(&ended.id) {
            self.exchange.core.do_send(SessionGone { id: ended.id, epoch: entry.epoch });
        }
    }
}

/// What provisioning changed, for the sessions of this lane.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Provisioned(pub Change);

impl Handler<Provisioned> for Registry {
    type Result = ();

    fn handle(&mut self, Provisioned(change): Provisioned, _: &mut Self::Context) {
        let (Change::SessionsChanged(ids) | Change::SessionsEnded(ids)) = &change;
        for entry in ids.iter().filter_map(|id| self.sessions.get(id)) {
            match change {
                Change::SessionsChanged(_) => entry.session.do_send(Reload),
                Change::SessionsEnded(_) => entry.session.do_send(Stop::deactivated()),
            }
        }
    }
}

/// The engine goes down: the session ends.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Shutdown(pub SessionId);

impl Handler<Shutdown> for Registry {
    type Result = ();

    fn handle(&mut self, Shutdown(id): Shutdown, _: &mut Self::Context) {
        if let Some(entry) = self.sessions.get(&id) {
            entry.session.do_send(Stop::shutdown());
        }
    }
}
