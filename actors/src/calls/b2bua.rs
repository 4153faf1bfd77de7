//! What the B2BUA of an account does alike on every connector: its clients, their legs, the devices that ring.
//!
//! Held by the account's actor, over a [`Desk`] that outlives it.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use actix::Recipient;
use actix::dev::SendError;
use signal::account::{AccountState, State, StateReason};
use signal::call::{Call, CallRef, End, Peer, Start};
use signal::message::Request;
use signal::{AccountId, Address, CallId, ClientId, Code, Connector, EndReason, Error, Gcid, Incoming, Message};
use time::OffsetDateTime;
use uuid::Uuid;

use super::desk::Leg;
use super::guard::Guard;
use super::{AskPhone, Desk, FromLeg, LegInput, Ring, Route};
use crate::directory::CallRecord;
use crate::router::router::refusal;
use crate::router::{Content, Routed};
use crate::session::Build;

/// See the module.
pub struct B2bua {
    /// What the actor was built of.
    pub build: Build,
    desk: Rc<RefCell<Desk>>,
    ringing: Vec<(Gcid, Recipient<FromLeg>, Peer)>,
    _guard: Guard,
}

/// What a client asks its account for.
pub enum Ask {
    /// To be connected.
    Connect,
    /// To be so no longer.
    Disconnect,
    /// A new call, or a running one.
    Start(Box<Start>),
    /// Something of a call that runs.
    InCall(Box<Call>),
}

impl B2bua {
    /// Of the actor that `build` starts.
    pub fn new(build: Build, desk: Rc<RefCell<Desk>>) -> B2bua {
        let guard = Guard::of(&build);
        B2bua { build, desk, ringing: Vec::new(), _guard: guard }
    }

    /// What is known of clients and calls.
    pub fn desk(&self) -> RefMut<'_, Desk> {
        self.desk.borrow_mut()
    }

    /// What `frame` asks for.
    ///
    /// Errors: it cannot be read, or is for no account, or for another.
    pub fn read(&self, frame: &Incoming) -> Result<Ask, Error> {
        match Request::read(frame)? {
            Request::Connect(body) => self.own(body.id).map(|()| Ask::Connect),
            Request::Disconnect(body) => self.own(body.id).map(|()| Ask::Disconnect),
            Request::Call(Call::Start(start)) => Ok(Ask::Start(start)),
            Request::Call(message) => Ok(Ask::InCall(Box::new(message))),
            Request::Open(_) | Request::Ack(_) | Request::Ping | Request::Close | Request::Conference(_) => {
                Err(Error::new(Code::UnknownMethod, "method: account.* or call.* expected where to is an account"))
            }
        }
    }

    fn own(&self, id: AccountId) -> Result<(), Error> {
        if id == self.build.record.id { Ok(()) } else { Err(Error::field("id", "the account of this target")) }
    }

    /// Sends `message` to `client`.
    pub fn tell(&self, client: ClientId, message: Message) {
        let to = Address::new(Connector::Browser, client.0);
        let content = Content::Message(Box::new(message));
        self.build.lane.router.do_send(Routed { session: self.build.session, from: self.build.address, to, content });
    }

    /// Answers `frame` with `error`.
    pub fn refuse(&self, client: ClientId, error: Error, frame: &Incoming) {
        self.log_refused(&error, frame);
        let from = Address::new(Connector::Browser, client.0);
        self.build.lane.router.do_send(refusal(self.build.session, from, error, frame));
    }

    /// The account in `state`.
    pub fn status(&self, state: State, reason: StateReason) -> AccountState {
        AccountState { id: self.build.record.id, state, reason, detail: None, retry_in_s: None }
    }

    fn tell_state(&self, client: ClientId, state: AccountState) {
        log::info!(
            session:% = self.build.session, account:% = state.id, state:% = state.state, reason:% = state.reason;
            "account state"
        );
        self.tell(client, Message::State(state));
    }

    /// Keeps the account's state, and tells all its clients where it is another. What crossed the last client's
    /// leaving is of no account any more.
    pub fn set_state(&self, state: AccountState) {
        if !self.is_wanted() || self.desk().state.replace(state.clone()).as_ref() == Some(&state) {
            return;
        }
        let clients: Vec<_> = self.desk().clients.iter().copied().collect();
        clients.into_iter().for_each(|client| self.tell_state(client, state.clone()));
    }

    /// `account.connect`: `true` if the account has to be made reachable.
    pub fn connect(&mut self, client: ClientId) -> bool {
        let (is_new, is_first, state) = {
            let mut desk = self.desk.borrow_mut();
            let is_new = desk.clients.insert(client);
            (is_new, desk.clients.len() == 1, desk.state.clone())
        };
        let is_known = state.is_some();
        self.tell_state(client, state.unwrap_or_else(|| self.status(State::Connecting, StateReason::Ok)));
        if is_new {
            self.ring_late(client);
        }
        is_first && !is_known
    }

    /// `account.disconnect`: `true` if nobody is left who could be called.
    pub fn disconnect(&mut self, client: ClientId) -> bool {
        let is_last = self.leave(client);
        self.tell_state(client, self.status(State::Disconnected, StateReason::Ok));
        is_last
    }

    /// A device is gone for good: `true` as [`B2bua::disconnect`].
    pub fn client_lost(&mut self, client: ClientId) -> bool {
        let is_last = self.leave(client);
        let lost = self.desk().left_by(client);
        for (leg, known) in lost {
            known.call.do_send(FromLeg { leg, input: LegInput::Lost });
        }
        is_last
    }

    fn leave(&self, client: ClientId) -> bool {
        let mut desk = self.desk.borrow_mut();
        let is_last = desk.clients.remove(&client) && desk.clients.is_empty();
        if is_last {
            desk.state = None;
        }
        is_last
    }

    /// Whether anybody could be called.
    pub fn is_wanted(&self) -> bool {
        !self.desk().clients.is_empty()
    }

    /// A message of a call that runs.
    ///
    /// Errors: there is no such call of this client's, or it is behind.
    pub fn in_call(&self, client: ClientId, message: Call, frame: &Incoming) -> Result<(), Error> {
        let id = message.id();
        let desk = self.desk();
        let Some(leg) = desk.leg_of(id, client) else {
            return self.after_call(client, &message, desk.ended(id));
        };
        if message.gcid().is_some_and(|gcid| *gcid != leg.gcid) {
            return Err(Error::field("gcid", "the gcid of this call"));
        }
        let input = LegInput::Message { message, reference: frame.id.clone() };
        leg.call.try_send(FromLeg { leg: id, input }).map_err(|error| match error {
            SendError::Full(_) => Error::new(Code::RateLimited, "fewer messages expected"),
            SendError::Closed(_) => Error::new(Code::UnknownCall, "id: a running call expected"),
        })
    }

    /// A message that crossed the end of its call is no mistake of the client's.
    fn after_call(&self, client: ClientId, message: &Call, ended: bool) -> Result<(), Error> {
        if !ended {
            return Err(Error::new(Code::UnknownCall, "id: a running call expected"));
        }
        if let Call::End(end) = message {
            self.tell(client, Call::AckEnd(CallRef { id: end.id, gcid: end.gcid.clone() }).into());
        }
        Ok(())
    }

    pub(super) fn route(&self, client: ClientId, remote: &str, outgoing: bool) -> Route {
        Route {
            router: self.build.lane.router.clone(),
            session: self.build.session,
            account: self.build.record.id,
            b2bua: self.build.address,
            client,
            local: self.build.record.identifier.clone(),
            remote: remote.to_owned(),
            outgoing,
        }
    }

    /// Which devices ring; none where the account has no room for the call.
    pub fn ring(&mut self, ring: &Ring) -> Vec<(CallId, Route)> {
        let (caller, clients) = {
            let desk = self.desk();
            let caller = ring.caller.and_then(|caller| desk.leg(caller)).map(|leg| leg.client);
            let full = caller.is_none() && self.has_room(&desk).is_err();
            // The gcid is the caller's choice: it must not name a call that runs here already.
            if desk.has_other(&ring.gcid, &ring.call) {
                return Vec::new();
            }
            if full || desk.clients.is_empty() {
                self.missed(ring, if full { EndReason::LimitExceeded } else { EndReason::Unavailable });
                return Vec::new();
            }
            (caller, desk.clients.iter().copied().collect::<Vec<_>>())
        };
        self.ringing.retain(|(_, call, _)| call.connected());
        self.ringing.push((ring.gcid.clone(), ring.call.clone(), ring.peer.clone()));
        let others = clients.into_iter().filter(|client| Some(*client) != caller);
        others.map(|client| self.branch(client, &ring.call, &ring.gcid, &ring.peer)).collect()
    }

    /// The account is called and rings nowhere: its owner reads of it in the records.
    fn missed(&self, ring: &Ring, reason: EndReason) {
        let Build { record, exchange, session, address, .. } = &self.build;
        let now = OffsetDateTime::now_utc();
        let call = CallId(Uuid::new_v4());
        log::info!(gcid:% = ring.gcid, call:%, session:%, reason = reason.word(); "call missed");
        exchange.directory.record(CallRecord {
            gcid: ring.gcid.clone(),
            call,
            session: *session,
            account: record.id,
            connector: address.connector,
            outgoing: false,
            local: record.identifier.clone(),
            remote: ring.peer.uri.clone(),
            started: now,
            answered: None,
            ended: now,
            reason,
            ended_by_local: true,
            media: None,
        });
    }

    /// A new leg of `call` on the device `client`.
    fn branch(&self, client: ClientId, call: &Recipient<FromLeg>, gcid: &Gcid, peer: &Peer) -> (CallId, Route) {
        let leg = CallId(Uuid::new_v4());
        self.desk().add(leg, Leg { client, gcid: gcid.clone(), call: call.clone(), replaced: false });
        (leg, self.route(client, &peer.uri, false))
    }

    /// A device that connects while a call rings rings too: a reloaded page, say.
    fn ring_late(&mut self, client: ClientId) {
        self.ringing.retain(|(_, call, _)| call.connected());
        for (gcid, call, peer) in &self.ringing {
            if self.desk().is_full(gcid) {
                continue;
            }
            let (leg, route) = self.branch(client, call, gcid, peer);
            call.do_send(FromLeg { leg, input: LegInput::LateDevice { route: Box::new(route) } });
        }
    }

    /// A call says that a leg is over.
    pub fn leg_ended(&mut self, id: CallId) {
        let ended = self.desk().leg(id).map(|leg| leg.gcid.clone());
        self.ringing.retain(|(gcid, ..)| Some(gcid) != ended.as_ref());
        self.desk().end(id);
    }

    /// A call of this account asks for the phone of another.
    pub fn ask_phone(&self, leg: CallId, answer: AskPhone) {
        if let Some(known) = self.desk().leg(leg) {
            known.call.do_send(FromLeg { leg, input: LegInput::AskPhone(answer) });
        }
    }

    /// The session ends, and with it all calls.
    pub fn stop(&self, reason: EndReason) {
        let legs: Vec<_> = self.desk().legs().map(|(id, leg)| (id, leg.clone())).collect();
        for (id, leg) in legs {
            // Its own page hears why; towards the far end it is as if the page had ended the call.
            let end = End { id, gcid: Some(leg.gcid), reason: Some(reason.word().to_owned()), detail: None };
            self.tell(leg.client, Call::End(end).into());
            leg.call.do_send(FromLeg { leg: id, input: LegInput::End(reason) });
        }
    }
}
