//! The accounts of one session, each a B2BUA actor that is rebuilt when it dies.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Addr, Message as ActixMessage, Recipient};
use signal::session::{Account, Network};
use signal::{AccountId, Address, ClientId, EndReason, SessionId};
use uuid::Uuid;

use super::Session;
use crate::calls::account_starter;
use crate::directory::AccountRecord;
use crate::exchange::Exchange;
use crate::router::registry::{Bind, Unbind};
use crate::router::{Lane, Routed};

/// What a session tells its accounts.
#[derive(ActixMessage, Clone)]
#[rtype(result = "()")]
pub enum Notice {
    /// A device is gone for good.
    ClientLost(ClientId),
    /// The row changed.
    Changed(Arc<AccountRecord>),
    /// The session ends: so do the account's calls, with this reason.
    Stop(EndReason),
}

/// How many calls a session runs over all its accounts, and how many it may.
#[derive(Default)]
pub struct Budget {
    limit: Cell<usize>,
    spent: Cell<usize>,
    /// Calls begun since `since`.
    begun: Cell<u32>,
    since: Cell<Option<Instant>>,
}

impl Budget {
    /// Most calls.
    pub fn limit(&self) -> usize {
        self.limit.get()
    }

    /// Whether no further call fits.
    pub fn is_spent(&self) -> bool {
        self.spent.get() >= self.limit.get()
    }

    /// Counts a call that begins; `false` if the session begins more than `limit` a minute.
    pub fn begin(&self, now: Instant, limit: u32) -> bool {
        if self.since.get().is_none_or(|since| now.duration_since(since) >= Duration::from_secs(60)) {
            self.since.set(Some(now));
            self.begun.set(0);
        }
        self.begun.set(self.begun.get().saturating_add(1));
        self.begun.get() <= limit
    }

    /// An account that had `before` calls has `after` now.
    pub fn change(&self, before: usize, after: usize) {
        self.spent.set((self.spent.get() + after).saturating_sub(before));
    }
}

/// A running B2BUA.
pub struct Started {
    /// For its session.
    pub notices: Recipient<Notice>,
    /// For the registry.
    pub handle: Recipient<Routed>,
}

/// What an account actor needs to be built, again if need be.
#[derive(Clone)]
pub struct Build {
    /// The engine.
    pub exchange: Arc<Exchange>,
    /// The lane of its session.
    pub lane: Lane,
    /// Its session.
    pub session: SessionId,
    /// Its session's actor.
    pub owner: Addr<Session>,
    /// Its address.
    pub address: Address,
    /// Its row.
    pub record: Arc<AccountRecord>,
    /// The calls its session may have.
    pub budget: Rc<Budget>,
}

struct Hosted {
    build: Build,
    /// Starts the actor over the state that outlives it.
    start: Box<dyn Fn(Build) -> Started>,
    notices: Recipient<Notice>,
    deaths: u32,
    last_death: Option<Instant>,
}

/// See the module.
#[derive(Default)]
pub struct Accounts {
    /// Boxed: a map's node has room for eleven, and most sessions have one.
    hosted: BTreeMap<AccountId, Box<Hosted>>,
    budget: Rc<Budget>,
}

impl Accounts {
    /// How many calls the session may have over all its accounts.
    pub fn limit_calls(&self, limit: usize) {
        self.budget.limit.set(limit);
    }

    /// Starts the B2BUA of `record`.
    pub fn start(
        &mut self,
        exchange: &Arc<Exchange>,
        lane: &Lane,
        session: SessionId,
        owner: &Addr<Session>,
        record: Arc<AccountRecord>,
    ) {
        let id = record.id;
        let address = Address::new(record.network.connector, Uuid::new_v4());
        let (exchange, lane, owner) = (exchange.clone(), lane.clone(), owner.clone());
        let budget = self.budget.clone();
        let build = Build { exchange, lane, session, owner, address, record, budget };
        let start = account_starter(build.record.network.connector, self.budget.clone());
        let notices = bind(&build, start(build.clone()));
        self.hosted.insert(id, Box::new(Hosted { build, start, notices, deaths: 0, last_death: None }));
    }

    /// Brings the actors in line with changed rows.
    pub fn reconcile(
        &mut self,
        exchange: &Arc<Exchange>,
        lane: &Lane,
        session: SessionId,
        owner: &Addr<Session>,
        records: Vec<Arc<AccountRecord>>,
    ) {
        // On another connector it is another actor, at another address.
        let stays = |id: &AccountId, hosted: &Hosted| {
            let connector = hosted.build.record.network.connector;
            records.iter().any(|record| record.id == *id && record.network.connector == connector)
        };
        let gone: Vec<_> = self.hosted.iter().filter(|(id, hosted)| !stays(id, hosted)).map(|(id, _)| *id).collect();
        for hosted in gone.iter().filter_map(|id| self.hosted.remove(id)) {
            hosted.notices.do_send(Notice::Stop(EndReason::Unavailable));
            lane.registry.do_send(Unbind { session, address: hosted.build.address });
        }
        for record in records {
            match self.hosted.get_mut(&record.id) {
                Some(hosted) => {
                    hosted.build.record = record;
                    hosted.notices.do_send(Notice::Changed(hosted.build.record.clone()));
                }
                None => self.start(exchange, lane, session, owner, record),
            }
        }
    }

    /// As `session.validated` shows them: without secrets.
    pub fn shown(&self) -> BTreeMap<AccountId, Account> {
        let show = |hosted: &Hosted| {
            let network = &hosted.build.record.network;
            Account {
                identifier: hosted.build.record.identifier.clone(),
                target: hosted.build.address,
                network: Network {
                    tag: network.tag.clone(),
                    connector: network.connector.name().to_owned(),
                    capabilities: network.capabilities.clone(),
                },
            }
        };
        self.hosted.iter().map(|(id, hosted)| (*id, show(hosted))).collect()
    }

    /// Tells all that a device is gone.
    pub fn client_lost(&self, client: ClientId) {
        for hosted in self.hosted.values() {
            hosted.notices.do_send(Notice::ClientLost(client));
        }
    }

    /// Ends all.
    pub fn stop(&mut self, reason: EndReason) {
        for hosted in std::mem::take(&mut self.hosted).into_values() {
            hosted.notices.do_send(Notice::Stop(reason));
        }
    }

    /// How long to wait before [`Accounts::rebuild`]: at once the first time, longer if it keeps dying.
    /// Nothing is to be rebuilt where the account is another by now, or none.
    pub fn died(&mut self, id: AccountId, address: Address) -> Option<Duration> {
        let hosted = self.hosted.get_mut(&id).filter(|hosted| hosted.build.address == address)?;
        let calm =
            hosted.last_death.replace(Instant::now()).is_none_or(|last| last.elapsed() > Duration::from_secs(60));
        hosted.deaths = if calm { 0 } else { (hosted.deaths + 1).min(10) };
        log::error!(account:% = id, deaths = hosted.deaths; "account died");
        Some(if calm { Duration::ZERO } else { Duration::from_millis(50 << hosted.deaths) })
    }

    /// Starts the actor again, at its old address, over what outlived it.
    pub fn rebuild(&mut self, id: AccountId) {
        if let Some(hosted) = self.hosted.get_mut(&id) {
            hosted.notices = bind(&hosted.build, (hosted.start)(hosted.build.clone()));
        }
    }
}

/// The session is gone: its accounts must not outlive it, whichever way it went.
impl Drop for Accounts {
    fn drop(&mut self) {
        self.stop(EndReason::InternalError);
    }
}

fn bind(build: &Build, started: Started) -> Recipient<Notice> {
    let bind = Bind { session: build.session, address: build.address, handle: started.handle };
    build.lane.registry.do_send(bind);
    started.notices
}
