//! Who is reachable as which user, on which network.
//!
//! One for the whole engine. Addressed by accounts that connect and by calls that
//! look for a callee. When it dies it is rebuilt over its table, which outlives it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::{Actor, Addr, Context, Handler, Message as ActixMessage};
use uuid::Uuid;

use super::account::WebrtcAccount;
use crate::counters::Counters;
use crate::exchange::Exchange;
use crate::limits::LANE_MAILBOX;

/// A network and a user on it, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    network: Uuid,
    user: String,
}

impl Line {
    /// The line of `identifier` on `network`. Bare users are compared without regard to case.
    pub fn new(network: Uuid, identifier: &str) -> Line {
        Line { network, user: identifier.trim().to_lowercase() }
    }
}

type Table = Arc<Mutex<HashMap<Line, Vec<Addr<WebrtcAccount>>>>>;

/// See the module.
pub struct WebrtcConnector {
    table: Table,
    counters: Counters,
    guard: Option<Guard>,
}

impl WebrtcConnector {
    /// A connector that knows nobody; [`Supervise`] must follow.
    pub fn fresh(counters: &Counters) -> Addr<WebrtcConnector> {
        WebrtcConnector { table: Table::default(), counters: counters.clone(), guard: None }.start()
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Line, Vec<Addr<WebrtcAccount>>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actor for WebrtcConnector {
    type Context = Context<WebrtcConnector>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(LANE_MAILBOX);
    }
}

/// Makes the connector rebuild itself when it dies.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Supervise(pub Arc<Exchange>);

impl Handler<Supervise> for WebrtcConnector {
    type Result = ();

    fn handle(&mut self, Supervise(exchange): Supervise, _: &mut Self::Context) {
        self.guard = Some(Guard { exchange, table: self.table.clone() });
    }
}

/// Dropped with the actor, a panic included: puts a new one in its place.
struct Guard {
    exchange: Arc<Exchange>,
    table: Table,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(arbiter) = actix::Arbiter::try_current().filter(|_| std::thread::panicking()) else { return };
        let (exchange, table) = (self.exchange.clone(), self.table.clone());
        // Queued: on a thread that is ending it never runs.
        arbiter.spawn_fn(move || {
            log::error!(connector = "webrtc"; "connector rebuilt");
            let counters = exchange.counters.clone();
            counters.actors_rebuilt.inc();
            let guard = Guard { exchange: exchange.clone(), table: table.clone() };
            exchange.replace_webrtc(WebrtcConnector { table, counters, guard: Some(guard) }.start());
        });
    }
}

/// An account has its first client, or its last is gone.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Presence {
    /// Which user.
    pub line: Line,
    /// The account.
    pub account: Addr<WebrtcAccount>,
    /// Whether it can be called.
    pub reachable: bool,
}

impl Handler<Presence> for WebrtcConnector {
    type Result = ();

    fn handle(&mut self, presence: Presence, _: &mut Self::Context) {
        let Presence { line, account, reachable } = presence;
        let mut table = self.table();
        let accounts = table.entry(line.clone()).or_default();
        // Accounts rebuilt after a panic come again under a new address.
        accounts.retain(|known| known.connected() && *known != account);
        if reachable {
            accounts.push(account.clone());
            account.do_send(Registered);
        }
        if accounts.is_empty() {
            table.remove(&line);
        }
        self.counters
            .accounts_connected
            .set(i64::try_from(table.values().map(Vec::len).sum::<usize>()).unwrap_or(i64::MAX));
    }
}

/// The account can be called now.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Registered;

/// Whom does `line` reach?
#[derive(ActixMessage)]
#[rtype(result = "Vec<Addr<WebrtcAccount>>")]
pub struct LookUp(pub Line);

impl Handler<LookUp> for WebrtcConnector {
    type Result = Vec<Addr<WebrtcAccount>>;

    fn handle(&mut self, LookUp(line): LookUp, _: &mut Self::Context) -> Self::Result {
        self.table().get(&line).cloned().unwrap_or_default()
    }
}

/// Panics.
#[cfg(test)]
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct Panic;

#[cfg(test)]
impl Handler<Panic> for WebrtcConnector {
    type Result = ();

    fn handle(&mut self, _: Panic, _: &mut Self::Context) {
        panic!("a test asked for a panic in the connector");
    }
}
