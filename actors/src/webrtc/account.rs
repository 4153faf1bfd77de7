//! The B2BUA of one account on a `webrtc` network.
//!
//! Started, watched and rebuilt by its session over a [`Desk`] that outlives it;
//! addressed by its clients as the account's `target`, by its session
//! ([`Notice`]), by calls that ring it; ends with its session.

use std::cell::RefCell;
use std::rc::Rc;

use actix::dev::SendError;
use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler};
use signal::account::{AccountState, State, StateReason};
use signal::call::{Call, CallRef, End, Peer};
use signal::message::Request;
use signal::{AccountId, Address, CallId, ClientId, Code, Connector, Error, Gcid, Incoming, Message};
use uuid::Uuid;

use super::call::{LateDevice, Ring, WebrtcCall};
use super::connector::{Line, Presence, Registered};
use super::desk::{Desk, Leg};
use super::guard::Guard;
use super::legs::{FromLeg, LegInput, Route};
use crate::limits::ACTOR_MAILBOX;
use crate::router::router::refusal;
use crate::router::{Content, Routed};
use crate::session::{Build, Notice, Started};

/// See the module.
pub struct WebrtcAccount {
    pub(super) build: Build,
    pub(super) desk: Rc<RefCell<Desk>>,
    ringing: Vec<(Gcid, Addr<WebrtcCall>, Peer)>,
    _guard: Guard,
}

/// Starts the account of `build` over `desk`.
pub fn start(build: Build, desk: Rc<RefCell<Desk>>) -> Started {
    let guard = Guard::of(&build);
    let account = WebrtcAccount { build, desk, ringing: Vec::new(), _guard: guard }.start();
    Started { notices: account.clone().recipient(), handle: account.recipient() }
}

impl WebrtcAccount {
    fn line(&self) -> Line {
        Line::new(self.build.record.network.id, &self.build.record.identifier)
    }

    fn announce(&self, reachable: bool, ctx: &Context<Self>) {
        let presence = Presence { line: self.line(), account: ctx.address(), reachable };
        self.build.exchange.webrtc().do_send(presence);
    }

    pub(super) fn tell(&self, client: ClientId, message: Message) {
        let to = Address::new(Connector::Browser, client.0);
        let content = Content::Message(Box::new(message));
        self.build.lane.router.do_send(Routed { session: self.build.session, from: self.build.address, to, content });
    }

    fn tell_state(&self, client: ClientId, state: State, reason: StateReason) {
        let id = self.build.record.id;
        log::info!(session:% = self.build.session, account:% = id, state:% = state, reason:% = reason; "account state");
        self.tell(client, Message::State(AccountState { id, state, reason, detail: None, retry_in_s: None }));
    }

    fn request(&mut self, client: ClientId, frame: &Incoming, ctx: &mut Context<Self>) {
        #[cfg(test)]
        crate::tests::trip("account", frame.id.as_ref());
        let done = Request::read(frame).and_then(|request| match request {
            Request::Connect(body) => self.own(body.id).map(|()| self.connect(client, ctx)),
            Request::Disconnect(body) => self.own(body.id).map(|()| self.disconnect(client, ctx)),
            Request::Call(Call::Start(start)) => self.start_call(client, *start),
            Request::Call(message) => self.in_call(client, message, frame),
            Request::Open(_) | Request::Ack(_) | Request::Ping | Request::Close | Request::Conference(_) => {
                Err(Error::new(Code::UnknownMethod, "method: account.* or call.* expected where to is an account"))
            }
        });
        if let Err(error) = done {
            let from = Address::new(Connector::Browser, client.0);
            self.build.lane.router.do_send(refusal(self.build.session, from, error, frame));
        }
    }

    fn own(&self, id: AccountId) -> Result<(), Error> {
        if id == self.build.record.id { Ok(()) } else { Err(Error::field("id", "the account of this target")) }
    }

    fn connect(&mut self, client: ClientId, ctx: &mut Context<Self>) {
        let (new, registered, first) = {
            let mut desk = self.desk.borrow_mut();
            let new = desk.clients.insert(client);
            (new, desk.registered, desk.clients.len() == 1)
        };
        if registered {
            self.tell_state(client, State::Connected, StateReason::Ok);
        } else {
            self.tell_state(client, State::Connecting, StateReason::Ok);
            if first {
                self.announce(true, ctx);
            }
        }
        if new {
            self.ring_late(client);
        }
    }

    fn disconnect(&mut self, client: ClientId, ctx: &mut Context<Self>) {
        let empty = {
            let mut desk = self.desk.borrow_mut();
            desk.clients.remove(&client) && desk.clients.is_empty()
        };
        self.tell_state(client, State::Disconnected, StateReason::Ok);
        if empty {
            self.unregister(ctx);
        }
    }

    fn unregister(&mut self, ctx: &mut Context<Self>) {
        self.desk.borrow_mut().registered = false;
        self.announce(false, ctx);
    }

    /// A message of a call that runs.
    fn in_call(&mut self, client: ClientId, message: Call, frame: &Incoming) -> Result<(), Error> {
        let id = message.id();
        let desk = self.desk.borrow();
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

    /// A new leg of `call` on the device `client`.
    fn branch(&self, client: ClientId, call: &Addr<WebrtcCall>, gcid: &Gcid, peer: &Peer) -> (CallId, Route) {
        let leg = CallId(Uuid::new_v4());
        let known = Leg { client, gcid: gcid.clone(), call: call.clone().recipient(), replaced: false };
        self.desk.borrow_mut().add(leg, known);
        (leg, self.route(client, &peer.uri, false))
    }

    /// A device that connects while a call rings rings too: a reloaded page, say.
    fn ring_late(&mut self, client: ClientId) {
        self.ringing.retain(|(_, call, _)| call.connected());
        for (gcid, call, peer) in self.ringing.iter().filter(|(gcid, ..)| !self.desk.borrow().is_full(gcid)) {
            let (leg, route) = self.branch(client, call, gcid, peer);
            call.do_send(LateDevice { leg, route });
        }
    }

    fn client_lost(&mut self, client: ClientId, ctx: &mut Context<Self>) {
        let (lost, empty) = {
            let mut desk = self.desk.borrow_mut();
            let left = desk.clients.remove(&client) && desk.clients.is_empty();
            (desk.left_by(client), left)
        };
        for (leg, known) in lost {
            known.call.do_send(FromLeg { leg, input: LegInput::Lost });
        }
        if empty {
            self.unregister(ctx);
        }
    }
}

impl Actor for WebrtcAccount {
    type Context = Context<WebrtcAccount>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        if !self.desk.borrow().clients.is_empty() {
            self.announce(true, ctx);
        }
    }

    fn stopped(&mut self, ctx: &mut Self::Context) {
        self.announce(false, ctx);
    }
}

impl Handler<Routed> for WebrtcAccount {
    type Result = ();

    fn handle(&mut self, routed: Routed, ctx: &mut Self::Context) {
        match routed.content {
            Content::Request(frame) => self.request(ClientId(routed.from.id), &frame, ctx),
            Content::LegEnded(id) => {
                let ended = self.desk.borrow().leg(id).map(|leg| leg.gcid.clone());
                self.ringing.retain(|(gcid, ..)| Some(gcid) != ended.as_ref());
                self.desk.borrow_mut().end(id);
            }
            Content::Message(_) => {}
        }
    }
}

impl Handler<Notice> for WebrtcAccount {
    type Result = ();

    fn handle(&mut self, notice: Notice, ctx: &mut Self::Context) {
        match notice {
            Notice::ClientLost(client) => self.client_lost(client, ctx),
            Notice::Changed(record) => {
                let moved = record.identifier != self.build.record.identifier
                    || record.network.id != self.build.record.network.id;
                let reachable = !self.desk.borrow().clients.is_empty();
                if moved && reachable {
                    self.announce(false, ctx);
                }
                self.build.record = record;
                if moved && reachable {
                    self.announce(true, ctx);
                }
            }
            Notice::Stop(reason) => {
                let legs: Vec<_> = self.desk.borrow().legs().map(|(id, leg)| (id, leg.clone())).collect();
                for (id, leg) in legs {
                    // Its own page hears why; towards the far end it is as if the page had ended the call.
                    let end = End { id, gcid: Some(leg.gcid), reason: Some(reason.word().to_owned()), detail: None };
                    self.tell(leg.client, Call::End(end).into());
                    leg.call.do_send(FromLeg { leg: id, input: LegInput::End(reason) });
                }
                ctx.stop();
            }
        }
    }
}

impl Handler<Registered> for WebrtcAccount {
    type Result = ();

    fn handle(&mut self, _: Registered, _: &mut Self::Context) {
        let clients: Vec<_> = {
            let mut desk = self.desk.borrow_mut();
            let again = std::mem::replace(&mut desk.registered, true);
            if again { Vec::new() } else { desk.clients.iter().copied().collect() }
        };
        for client in clients {
            self.tell_state(client, State::Connected, StateReason::Ok);
        }
    }
}

impl Handler<Ring> for WebrtcAccount {
    type Result = Vec<(CallId, Route)>;

    fn handle(&mut self, ring: Ring, _: &mut Self::Context) -> Self::Result {
        let (caller, clients) = {
            let desk = self.desk.borrow();
            let caller = desk.leg(ring.caller).map(|leg| leg.client);
            let full = caller.is_none() && self.has_room(&desk).is_err();
            // The gcid is the caller's choice: it must not name a call that runs here already.
            if full || desk.has_other(&ring.gcid, &ring.call.clone().recipient()) {
                return Vec::new();
            }
            (caller, desk.clients.iter().copied().collect::<Vec<_>>())
        };
        self.ringing.retain(|(_, call, _)| call.connected());
        self.ringing.push((ring.gcid.clone(), ring.call.clone(), ring.peer.clone()));
        let others = clients.into_iter().filter(|client| Some(*client) != caller);
        others.map(|client| self.branch(client, &ring.call, &ring.gcid, &ring.peer)).collect()
    }
}
