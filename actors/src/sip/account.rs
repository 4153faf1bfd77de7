//! The B2BUA of one account on a SIP network.
//!
//! Started, watched and rebuilt by its session over a [`Desk`] that outlives it; addressed by its clients as the
//! account's `target`, by its session ([`Notice`]), by the connector ([`FromUpstream`]), by calls that ring it; ends
//! with its session.

use std::cell::RefCell;
use std::rc::Rc;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use signal::account::{AccountState, State};
use signal::call::{Peer, Start};
use signal::{CallId, ClientId, Code, Error, Incoming};

use super::Uplink;
use super::begin::start_outgoing;
use super::call::Terms;
use super::io::{Attach, Detach, FromUpstream};
use crate::calls::{Ask, B2bua, Desk, Ring, Route};
use crate::config::Common;
use crate::limits::ACTOR_MAILBOX;
use crate::router::{Content, Routed};
use crate::session::{Build, Notice, Started};

/// See the module.
pub struct SipAccount {
    b2bua: B2bua,
    /// The way of its calls to the network, as soon as there is one.
    uplink: Option<Uplink>,
}

/// Starts the account of `build` over `desk`.
pub fn start(build: Build, desk: Rc<RefCell<Desk>>) -> Started {
    let account = SipAccount { b2bua: B2bua::new(build, desk), uplink: None }.start();
    Started { notices: account.clone().recipient(), handle: account.recipient() }
}

impl SipAccount {
    fn attach(&self, ctx: &Context<Self>) {
        let account = ctx.address();
        let record = self.b2bua.build.record.clone();
        let attach = Attach { account: account.clone().recipient(), ring: account.recipient(), record };
        self.b2bua.build.exchange.sip.connector().do_send(attach);
    }

    fn detach(&mut self, ctx: &Context<Self>) {
        self.uplink = None;
        let detach = Detach { account: ctx.address().recipient() };
        self.b2bua.build.exchange.sip.connector().do_send(detach);
    }

    fn request(&mut self, client: ClientId, frame: &Incoming, ctx: &mut Context<Self>) {
        #[cfg(test)]
        crate::tests::trip("account", frame.id.as_ref());
        let done = self.b2bua.read(frame).and_then(|ask| self.ask(client, ask, frame, ctx));
        if let Err(error) = done {
            self.b2bua.refuse(client, error, frame);
        }
    }

    fn ask(&mut self, client: ClientId, ask: Ask, frame: &Incoming, ctx: &Context<Self>) -> Result<(), Error> {
        match ask {
            Ask::Connect if self.b2bua.connect(client) => self.attach(ctx),
            Ask::Disconnect if self.b2bua.disconnect(client) => self.detach(ctx),
            Ask::Connect | Ask::Disconnect => {}
            Ask::Start(start) => return self.start_call(client, *start),
            Ask::InCall(message) => return self.b2bua.in_call(client, *message, frame),
        }
        Ok(())
    }

    /// `call.start`: a new call, or a leg of a running one that this client takes over.
    fn start_call(&mut self, client: ClientId, mut start: Start) -> Result<(), Error> {
        let Some(gcid) = self.b2bua.begin(client, &start)? else { return Ok(()) };
        self.is_built()?;
        let uplink = self.connected()?;
        let line = uplink.line();
        let record = &self.b2bua.build.record;
        let terms = Terms::of(record, uplink.provider());
        let target = terms.targets.find(&start.target)?;
        start.peer = Some(Peer { uri: record.identifier.clone(), name: line.display_name });
        let legs = self.b2bua.first_leg(client, &start, gcid.clone());
        let id = start.id;
        let call = start_outgoing(start, target, legs, uplink, terms);
        self.b2bua.hold(client, id, gcid, call.recipient());
        Ok(())
    }

    /// The way to the network, where that knows the account: without a binding a call would be refused there, or be one
    /// that cannot be answered back.
    fn connected(&self) -> Result<Uplink, Error> {
        let told = self.b2bua.desk().state.clone();
        let (state, detail) = told.map_or((State::Disconnected, None), |told| (told.state, told.detail));
        self.uplink.clone().filter(|_| state == State::Connected).ok_or_else(|| {
            let why = detail.map_or_else(String::new, |detail| format!(": {detail}"));
            Error::new(Code::WrongState, format!("account: one that is connected expected, this one is {state}{why}"))
        })
    }

    /// A network whose owner wants recordings must not get calls without.
    fn is_built(&self) -> Result<(), Error> {
        let Build { record, exchange, .. } = &self.b2bua.build;
        if Common::from(&record.config).record.is_some() && exchange.settings.recordings.is_none() {
            let cause = "record: this engine has no folder for recordings, and the network wants its calls recorded";
            return Err(Error::new(Code::NotSupported, cause));
        }
        Ok(())
    }
}

impl Actor for SipAccount {
    type Context = Context<SipAccount>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        if self.b2bua.is_wanted() {
            self.attach(ctx);
        }
    }

    fn stopped(&mut self, ctx: &mut Self::Context) {
        self.detach(ctx);
    }
}

impl Handler<Routed> for SipAccount {
    type Result = ();

    fn handle(&mut self, routed: Routed, ctx: &mut Self::Context) {
        match routed.content {
            Content::Request(frame) => self.request(ClientId(routed.from.id), &frame, ctx),
            Content::LegEnded(id) => self.b2bua.leg_ended(id),
            Content::AskPhone(leg, answer) => self.b2bua.ask_phone(leg, answer),
            Content::AskRoom(ask) => self.b2bua.ask_room(ask),
            Content::Message(_) => {}
        }
    }
}

impl Handler<Notice> for SipAccount {
    type Result = ();

    fn handle(&mut self, notice: Notice, ctx: &mut Self::Context) {
        match notice {
            Notice::ClientLost(client) => {
                if self.b2bua.client_lost(client) {
                    self.detach(ctx);
                }
            }
            Notice::Changed(record) => {
                self.b2bua.build.record = record;
                if self.b2bua.is_wanted() {
                    self.attach(ctx);
                }
            }
            Notice::Stop(reason) => {
                self.b2bua.stop(reason);
                ctx.stop();
            }
        }
    }
}

impl Handler<FromUpstream> for SipAccount {
    type Result = ();

    fn handle(&mut self, told: FromUpstream, _: &mut Self::Context) {
        match told {
            // What crossed a Detach.
            FromUpstream::Ready(_) | FromUpstream::State { .. } if !self.b2bua.is_wanted() => {}
            FromUpstream::Ready(uplink) => self.uplink = Some(uplink),
            FromUpstream::State { state, reason, detail, retry_in } => {
                let retry_in_s = retry_in.map(|wait| wait.as_secs());
                let id = self.b2bua.build.record.id;
                self.b2bua.set_state(AccountState { id, state, reason, detail, retry_in_s });
            }
        }
    }
}

impl Handler<Ring> for SipAccount {
    type Result = Vec<(CallId, Route)>;

    fn handle(&mut self, ring: Ring, _: &mut Self::Context) -> Self::Result {
        if self.is_built().is_err() { Vec::new() } else { self.b2bua.ring(&ring) }
    }
}
