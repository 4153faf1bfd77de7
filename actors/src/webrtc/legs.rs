//! The legs of one call: where each is, and what is told of it when it ends.
//!
//! Dropped with its call. When the call did not end by itself (a panic), the drop
//! ends every leg with `internalError`.

use std::collections::HashMap;
use std::sync::Arc;

use actix::{Addr, Message as ActixMessage};
use signal::call::{Call, End, Start};
use signal::envelope::Ref;
use signal::{AccountId, Address, CallId, ClientId, Connector, EndReason, Error, Gcid, Message, SessionId};
use time::OffsetDateTime;

use crate::directory::CallRecord;
use crate::exchange::Exchange;
use crate::router::{Content, Routed, Router};

/// What a B2BUA passes to the call of one of its legs.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct FromLeg {
    /// The leg.
    pub leg: CallId,
    /// What happened on it.
    pub input: LegInput,
}

/// What happened on a leg.
pub enum LegInput {
    /// Its client sent this.
    Message {
        /// The message.
        message: Call,
        /// The client's mark.
        reference: Option<Ref>,
    },
    /// Its client is gone for good.
    Lost,
    /// Another client of the account claims it.
    TakeOver {
        /// The claim.
        start: Box<Start>,
        /// Where the new leg is.
        route: Box<Route>,
    },
    /// The B2BUA ends it: its session is over.
    End(EndReason),
}

/// Where a leg is, and whose.
#[derive(Clone)]
pub struct Route {
    /// The router of the leg's lane.
    pub router: Addr<Router>,
    /// The leg's session.
    pub session: SessionId,
    /// The account.
    pub account: AccountId,
    /// The account's B2BUA.
    pub b2bua: Address,
    /// The client.
    pub client: ClientId,
    /// The account's identifier.
    pub local: String,
    /// The far end's.
    pub remote: String,
    /// Whether the client is the caller.
    pub outgoing: bool,
}

struct Leg {
    route: Route,
    started: OffsetDateTime,
    answered: Option<OffsetDateTime>,
    ended: bool,
}

/// See the module.
pub struct Legs {
    exchange: Arc<Exchange>,
    gcid: Gcid,
    legs: HashMap<CallId, Leg>,
    /// The request being handled, for errors.
    request: Option<(Option<Ref>, &'static str)>,
    /// One sentence on the media, where the engine carries it.
    media: Option<String>,
    done: bool,
}

impl Legs {
    /// The legs of a new call.
    pub fn new(exchange: Arc<Exchange>, gcid: Gcid) -> Legs {
        exchange.counters.calls.inc();
        exchange.counters.calls_started.inc();
        Legs { exchange, gcid, legs: HashMap::new(), request: None, media: None, done: false }
    }

    /// The call end to end.
    pub fn gcid(&self) -> &Gcid {
        &self.gcid
    }

    /// The engine.
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    /// A further leg.
    pub fn add(&mut self, id: CallId, route: Route) {
        self.exchange.trace.join(&self.gcid, route.session);
        self.exchange.trace.state(
            &self.gcid,
            id,
            "leg",
            Some(format!("{} {:?}", if route.outgoing { "from" } else { "to" }, route.local)),
        );
        let started = OffsetDateTime::now_utc();
        self.legs.insert(id, Leg { route, started, answered: None, ended: false });
    }

    /// A leg that takes the place of `old`: the same party on another device or page.
    pub fn take_over(&mut self, old: CallId, id: CallId, mut route: Route) {
        let answered = self.legs.get(&old).and_then(|leg| leg.answered);
        if let Some(old) = self.legs.get(&old) {
            route.outgoing = old.route.outgoing;
            route.remote = old.route.remote.clone();
        }
        self.add(id, route);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.answered = answered;
        }
    }

    /// A client's message came in.
    pub fn heard(&mut self, id: CallId, message: &Call, reference: Option<Ref>) {
        self.exchange.trace.message(&self.gcid, id, "in", message);
        self.request = Some((reference, message.method()));
    }

    /// Sends `message` to the client of `id`.
    pub fn send(&self, id: CallId, message: Call) {
        self.exchange.trace.message(&self.gcid, id, "out", &message);
        if let Some(leg) = self.legs.get(&id) {
            tell(&leg.route, message.into());
        }
    }

    /// Answers the request being handled with `error`.
    pub fn refuse(&self, id: CallId, error: Error) {
        let (reference, method) = self.request.clone().unzip();
        let error = Error { reference: reference.flatten(), method: method.map(str::to_owned), ..error };
        self.exchange.trace.state(&self.gcid, id, "refused", Some(error.message.clone()));
        if let Some(leg) = self.legs.get(&id) {
            tell(&leg.route, error.into());
        }
    }

    /// How the media fares, for the record.
    pub fn media(&mut self, sentence: String) {
        self.media = Some(sentence);
    }

    /// The callee's leg `id` won the call.
    pub fn answered(&mut self, id: CallId) {
        self.exchange.counters.calls_answered.inc();
        self.exchange.trace.state(&self.gcid, id, "answered", None);
        let now = OffsetDateTime::now_utc();
        for (leg, state) in &mut self.legs {
            if *leg == id || state.route.outgoing {
                state.answered.get_or_insert(now);
            }
        }
    }

    /// A leg is over: one log line, one record.
    pub fn ended(&mut self, id: CallId, reason: EndReason, by_leg: bool, detail: Option<&str>) {
        self.exchange.trace.state(&self.gcid, id, "ended", Some(format!("{reason:?}")));
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.ended) else { return };
        leg.ended = true;
        let Leg { route, started, answered, .. } = leg;
        log::info!(
            gcid:% = self.gcid, call:% = id, session:% = route.session, local = route.local.as_str(),
            remote = route.remote.as_str(), reason = reason.word(), by_leg, detail;
            "call end"
        );
        self.exchange.directory.record(CallRecord {
            gcid: self.gcid.clone(),
            call: id,
            session: route.session,
            account: route.account,
            connector: Connector::Webrtc,
            outgoing: route.outgoing,
            local: route.local.clone(),
            remote: route.remote.clone(),
            started: *started,
            answered: *answered,
            ended: OffsetDateTime::now_utc(),
            reason,
            ended_by_local: by_leg,
            media: self.media.clone(),
        });
    }

    /// Nothing remains of the call: its B2BUAs may forget it.
    pub fn finish(&mut self) {
        self.done = true;
    }
}

impl Drop for Legs {
    fn drop(&mut self) {
        self.exchange.counters.calls.dec();
        if !self.done {
            self.exchange.counters.calls_failed.inc();
        }
        let ids: Vec<_> = self.legs.keys().copied().collect();
        for id in ids {
            if !self.done && self.legs.get(&id).is_some_and(|leg| !leg.ended) {
                let (gcid, reason) = (Some(self.gcid.clone()), Some(EndReason::InternalError.word().to_owned()));
                self.send(id, Call::End(End { id, gcid, reason, detail: None }));
                self.ended(id, EndReason::InternalError, false, None);
            }
            if let Some(Leg { route, .. }) = self.legs.get(&id) {
                let over = Routed {
                    session: route.session,
                    from: route.b2bua,
                    to: route.b2bua,
                    content: Content::LegEnded(id),
                };
                route.router.do_send(over);
            }
        }
    }
}

/// To the client of a leg, in the name of its B2BUA.
fn tell(route: &Route, message: Message) {
    let to = Address::new(Connector::Browser, route.client.0);
    let content = Content::Message(Box::new(message));
    route.router.do_send(Routed { session: route.session, from: route.b2bua, to, content });
}

/// What a client would have sent, had it been asked: its session ends.
pub fn end_of(id: CallId, reason: EndReason) -> Call {
    Call::End(End { id, gcid: None, reason: Some(reason.word().to_owned()), detail: None })
}
