//! The legs of one call: where each is, and what is told of it when it ends.
//!
//! Dropped with its call. When the call did not end by itself (a panic), the drop
//! ends every leg with `internalError`.

use std::collections::HashMap;
use std::sync::Arc;

use actix::{Addr, Message as ActixMessage};
use signal::call::{Call, End, Start};
use signal::envelope::Ref;
use signal::{AccountId, Address, CallId, ClientId, Code, Connector, EndReason, Error, Gcid, Message, SessionId};
use sip::message::{Replaces, Uri};
use time::OffsetDateTime;
use tokio::sync::oneshot;
use uuid::Uuid;

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
    /// A device has connected while the call rings: the leg is new, and rings too.
    LateDevice {
        /// Where it is.
        route: Box<Route>,
    },
    /// Another call of the account wants to be handed over to this one's phone. Unanswered by a call without a phone.
    AskPhone(AskPhone),
    /// The B2BUA ends it: its session is over.
    End(EndReason),
}

/// Takes the far end of a call, and the name of its dialog there (RFC 3891).
pub type AskPhone = oneshot::Sender<(Uri, Replaces)>;

/// Whether somebody may be called because a phone says so, at the account's cost.
pub struct AskRoom {
    /// Besides the call it is said in.
    pub is_further: bool,
    /// Takes the answer.
    pub answer: oneshot::Sender<bool>,
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
        self.exchange.trace.state(
            &self.gcid,
            route.session,
            id,
            "leg",
            Some(format!("{} {:?}", if route.outgoing { "from" } else { "to" }, route.local)),
        );
        let started = OffsetDateTime::now_utc();
        self.legs.insert(id, Leg { route, started, answered: None, ended: false });
    }

    /// A leg whose device never heard of the call, which is over: only its record is left.
    pub fn missed(&mut self, id: CallId, route: Route) {
        forget(&route, id);
        self.add(id, route);
        self.ended(id, EndReason::Unavailable, false, None);
    }

    /// Whether somebody has answered.
    pub fn is_answered(&self) -> bool {
        self.legs.values().any(|leg| leg.answered.is_some())
    }

    /// The leg that a claim of `account` on `id` means: that one or, where it is over (another device
    /// has answered) or never was, the newest of the account that is not.
    pub fn claimed(&self, id: CallId, account: AccountId) -> CallId {
        if self.legs.get(&id).is_some_and(|leg| !leg.ended) {
            return id;
        }
        let same = self.legs.iter().filter(|(_, leg)| !leg.ended && leg.route.account == account);
        same.max_by_key(|(_, leg)| leg.started).map_or(id, |(id, _)| *id)
    }

    /// Whether the leg has ended.
    pub fn is_over(&self, id: CallId) -> bool {
        self.legs.get(&id).is_some_and(|leg| leg.ended)
    }

    /// A leg that takes the place of `old`: the same party on another device or page. `false`, and the
    /// client is told, where the id is that of another leg: the far end's, say, which must not change hands.
    pub fn take_over(&mut self, old: CallId, id: CallId, mut route: Route) -> bool {
        if self.legs.contains_key(&id) {
            let error = Error::new(Code::WrongState, "id: a call id never used before expected");
            tell(&route, Error { method: Some("call.start".to_owned()), ..error }.into());
            forget(&route, id);
            return false;
        }
        let times = self.legs.get(&old).map(|leg| (leg.started, leg.answered));
        if let Some(old) = self.legs.get(&old) {
            route.outgoing = old.route.outgoing;
            route.remote = old.route.remote.clone();
        }
        self.add(id, route);
        if let Some((leg, times)) = self.legs.get_mut(&id).zip(times) {
            (leg.started, leg.answered) = times;
        }
        true
    }

    /// A client's message came in.
    pub fn heard(&mut self, id: CallId, message: &Call, reference: Option<Ref>) {
        self.exchange.trace.message(&self.gcid, self.session(id), id, "in", message);
        self.request = Some((reference, message.method()));
    }

    /// Sends `message` to the client of `id`.
    pub fn send(&self, id: CallId, message: Call) {
        self.exchange.trace.message(&self.gcid, self.session(id), id, "out", &message);
        if let Some(leg) = self.legs.get(&id) {
            tell(&leg.route, message.into());
        }
    }

    /// Answers the request being handled with `error`.
    pub fn refuse(&self, id: CallId, error: Error) {
        let (reference, method) = self.request.clone().unzip();
        let error = Error { reference: reference.flatten(), method: method.map(str::to_owned), ..error };
        self.state(id, "refused", Some(error.message.clone()));
        if let Some(leg) = self.legs.get(&id) {
            tell(&leg.route, error.into());
        }
    }

    /// Asks for the phone of another call of the account whose leg is in this one.
    pub fn ask_phone(&self, other: CallId, answer: AskPhone) {
        // The account knows its own legs only, so that no call of somebody else's can be named.
        let Some(Leg { route, .. }) = self.legs.values().find(|leg| !leg.ended) else { return };
        let (session, from, to) = (route.session, route.b2bua, route.b2bua);
        route.router.do_send(Routed { session, from, to, content: Content::AskPhone(other, answer) });
    }

    /// Asks whether the limits of the account whose leg is in this call have room for one more; who is not there has none.
    pub fn ask_room(&self, ask: AskRoom) {
        let Some(Leg { route, .. }) = self.legs.values().find(|leg| !leg.ended) else { return };
        let (session, from, to) = (route.session, route.b2bua, route.b2bua);
        route.router.do_send(Routed { session, from, to, content: Content::AskRoom(ask) });
    }

    /// How the media fares, for the record.
    pub fn media(&mut self, sentence: String) {
        self.media = Some(sentence);
    }

    /// The callee's leg `id` won the call.
    pub fn answered(&mut self, id: CallId) {
        self.exchange.counters.calls_answered.inc();
        self.state(id, "answered", None);
        log::info!(gcid:% = self.gcid, call:% = id, session:% = self.session(id); "call answered");
        let now = OffsetDateTime::now_utc();
        for (leg, state) in &mut self.legs {
            if *leg == id || state.route.outgoing {
                state.answered.get_or_insert(now);
            }
        }
    }

    /// A leg is over: one log line, one record.
    pub fn ended(&mut self, id: CallId, reason: EndReason, by_leg: bool, detail: Option<&str>) {
        self.state(id, "ended", Some(reason.word().to_owned()));
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
            connector: route.b2bua.connector,
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

    /// For the trace, which shows each session's owner their own legs.
    fn session(&self, id: CallId) -> SessionId {
        self.legs.get(&id).map_or(SessionId(Uuid::nil()), |leg| leg.route.session)
    }

    fn state(&self, id: CallId, what: &str, detail: Option<String>) {
        self.exchange.trace.state(&self.gcid, self.session(id), id, what, detail);
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
                forget(route, id);
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

/// Tells the B2BUA of a leg that it is over, or never was.
pub fn forget(route: &Route, id: CallId) {
    let (session, from, to) = (route.session, route.b2bua, route.b2bua);
    route.router.do_send(Routed { session, from, to, content: Content::LegEnded(id) });
}

/// What a client would have sent, had it been asked: its session ends.
pub fn end_of(id: CallId, reason: EndReason) -> Call {
    Call::End(End { id, gcid: None, reason: Some(reason.word().to_owned()), detail: None })
}
