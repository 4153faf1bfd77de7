//! Opens sessions: the one gate every token passes.
//!
//! One for the whole engine, started with it. Addressed by sockets that are not
//! open yet, by the registries of all lanes and by provisioning. It knows which
//! lane a session lives on, and nothing else of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message as ActixMessage, WrapFuture};
use signal::SessionId;
use signal::session::{RefusalKind, Resume};

use super::Attach;
use crate::browser::Socket;
use crate::directory::{Change, SessionRecord};
use crate::exchange::Exchange;
use crate::limits::LANE_MAILBOX;
use crate::router::registry::{Admit, Provisioned};
use crate::router::{Lane, Registry};

/// See the module.
pub struct Core {
    exchange: Arc<Exchange>,
    homes: HashMap<SessionId, Home>,
    epoch: u64,
    /// Look-ups under way, by number.
    looking: BTreeSet<u64>,
    next: u64,
    /// Sessions provisioning touched meanwhile, with the number of the first look-up that saw it.
    touched: HashMap<SessionId, u64>,
}

/// Where a session lives.
struct Home {
    registry: Addr<Registry>,
    epoch: u64,
}

impl Core {
    /// A core that knows no session.
    pub fn new(exchange: Arc<Exchange>) -> Core {
        let (looking, touched) = (BTreeSet::new(), HashMap::new());
        Core { exchange, homes: HashMap::new(), epoch: 0, looking, next: 0, touched }
    }

    fn admit(&mut self, record: SessionRecord, open: Admission) {
        self.epoch += 1;
        let epoch = self.epoch;
        let home = self.homes.entry(record.id).or_insert_with(|| Home { registry: open.lane.registry, epoch });
        home.epoch = epoch;
        let attach = Attach { socket: open.socket, resume: open.resume, origin: open.origin, admitted: false };
        home.registry.do_send(Admit { record, attach, epoch });
    }

    /// A draining engine lets running sessions have their devices back, and nothing more.
    fn takes(&self, record: &SessionRecord, open: &Admission) -> bool {
        let draining = self.exchange.draining.load(Ordering::Relaxed);
        !draining || open.resume.is_some() && self.homes.contains_key(&record.id)
    }

    fn look(&mut self) -> u64 {
        self.next += 1;
        self.looking.insert(self.next);
        self.next
    }

    /// Whether what look-up `number` read of `session` may be out of date.
    fn is_stale(&mut self, number: u64, session: SessionId) -> bool {
        self.touched.get(&session).is_some_and(|since| number < *since)
    }

    fn looked(&mut self, number: u64) {
        self.looking.remove(&number);
        let oldest = self.looking.first().copied();
        self.touched.retain(|_, since| oldest.is_some_and(|oldest| oldest < *since));
    }

    fn refuse(&self, open: &Admission, kind: RefusalKind) {
        self.exchange.counters.sessions_refused.inc();
        log::info!(reason:% = kind; "session refused");
        open.socket.refuse(kind);
    }
}

impl Actor for Core {
    type Context = Context<Core>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
    }
}

/// A socket asks for a session.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Open {
    /// The token.
    pub token: String,
    /// The device to take the place of.
    pub resume: Option<Resume>,
    /// The page's origin.
    pub origin: Option<String>,
    /// The socket.
    pub socket: Socket,
    /// The lane the socket is on: home of the session if it has none.
    pub lane: Lane,
}

/// An [`Open`] without its token: nothing keeps that longer than the look-up.
struct Admission {
    resume: Option<Resume>,
    origin: Option<String>,
    socket: Socket,
    lane: Lane,
}

impl Handler<Open> for Core {
    type Result = ();

    fn handle(&mut self, open: Open, ctx: &mut Self::Context) {
        let Open { token, resume, origin, socket, lane } = open;
        let admission = Admission { resume, origin, socket, lane };
        let directory = self.exchange.directory.clone();
        // A task of its own: a panic in there must not end the one gate to all sessions.
        let look_up = actix::spawn(async move { directory.open(&token).await });
        let number = self.look();
        ctx.spawn(look_up.into_actor(self).map(move |found, core, ctx| {
            match found.unwrap_or(Err(RefusalKind::InternalError)) {
                Ok(record) if !core.takes(&record, &admission) => core.refuse(&admission, RefusalKind::InternalError),
                Ok(record) => {
                    if core.is_stale(number, record.id) {
                        // A session deleted while it was read must not live on.
                        ctx.notify(Provisioned(Change::SessionsChanged(vec![record.id])));
                    }
                    core.admit(record, admission);
                }
                Err(kind) => core.refuse(&admission, kind),
            }
            core.looked(number);
        }));
    }
}

/// A registry has forgotten a session.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct SessionGone {
    /// Which.
    pub id: SessionId,
    /// The newest [`Admit`] it had seen: a newer one is on its way to it, and starts the session anew there.
    pub epoch: u64,
}

impl Handler<SessionGone> for Core {
    type Result = ();

    fn handle(&mut self, gone: SessionGone, _: &mut Self::Context) {
        if self.homes.get(&gone.id).is_some_and(|home| home.epoch == gone.epoch) {
            self.homes.remove(&gone.id);
        }
    }
}

impl Handler<Provisioned> for Core {
    type Result = ();

    fn handle(&mut self, Provisioned(change): Provisioned, _: &mut Self::Context) {
        let (ids, again): (_, fn(Vec<SessionId>) -> Change) = match change {
            Change::SessionsChanged(ids) => (ids, Change::SessionsChanged),
            Change::SessionsEnded(ids) => (ids, Change::SessionsEnded),
        };
        for id in ids {
            if !self.looking.is_empty() {
                self.touched.insert(id, self.next + 1);
            }
            if let Some(home) = self.homes.get(&id) {
                home.registry.do_send(Provisioned(again(vec![id])));
            }
        }
    }
}

/// The engine goes down: every session ends, its calls with a reason.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct EndAll;

impl Handler<EndAll> for Core {
    type Result = ();

    fn handle(&mut self, _: EndAll, _: &mut Self::Context) {
        for (id, home) in &self.homes {
            home.registry.do_send(crate::router::registry::Shutdown(*id));
        }
    }
}
