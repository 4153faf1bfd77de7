//! The B2BUA of one account on a `webrtc` network.
//!
//! Started, watched and rebuilt by its session over a [`Desk`] that outlives it;
//! addressed by its clients as the account's `target`, by its session
//! ([`Notice`]), by calls that ring it; ends with its session.

use std::cell::RefCell;
use std::rc::Rc;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use signal::account::{State, StateReason};
use signal::{CallId, ClientId, Error, Incoming};

use super::connector::{Line, Presence, Registered};
use crate::calls::{Ask, B2bua, Desk, Ring, Route};
use crate::limits::ACTOR_MAILBOX;
use crate::router::{Content, Routed};
use crate::session::{Build, Notice, Started};

/// See the module.
pub struct WebrtcAccount {
    pub(super) b2bua: B2bua,
}

/// Starts the account of `build` over `desk`.
pub fn start(build: Build, desk: Rc<RefCell<Desk>>) -> Started {
    let account = WebrtcAccount { b2bua: B2bua::new(build, desk) }.start();
    Started { notices: account.clone().recipient(), handle: account.recipient() }
}

impl WebrtcAccount {
    fn line(&self) -> Line {
        let record = &self.b2bua.build.record;
        Line::new(record.network.id, &record.identifier)
    }

    fn announce(&self, reachable: bool, ctx: &Context<Self>) {
        let presence = Presence { line: self.line(), account: ctx.address(), reachable };
        self.b2bua.build.exchange.webrtc().do_send(presence);
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
            Ask::Connect if self.b2bua.connect(client) => self.announce(true, ctx),
            Ask::Disconnect if self.b2bua.disconnect(client) => self.announce(false, ctx),
            Ask::Connect | Ask::Disconnect => {}
            Ask::Start(start) => return self.start_call(client, *start),
            Ask::InCall(message) => return self.b2bua.in_call(client, *message, frame),
        }
        Ok(())
    }
}

impl Actor for WebrtcAccount {
    type Context = Context<WebrtcAccount>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        if self.b2bua.is_wanted() {
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
            Content::LegEnded(id) => self.b2bua.leg_ended(id),
            // No call here has a phone.
            Content::AskPhone(..) | Content::AskRoom(_) | Content::Message(_) => {}
        }
    }
}

impl Handler<Notice> for WebrtcAccount {
    type Result = ();

    fn handle(&mut self, notice: Notice, ctx: &mut Self::Context) {
        match notice {
            Notice::ClientLost(client) => {
                if self.b2bua.client_lost(client) {
                    self.announce(false, ctx);
                }
            }
            Notice::Changed(record) => {
                let known = &self.b2bua.build.record;
                let moved = record.identifier != known.identifier || record.network.id != known.network.id;
                let reachable = self.b2bua.is_wanted();
                if moved && reachable {
                    self.announce(false, ctx);
                }
                self.b2bua.build.record = record;
                if moved && reachable {
                    self.announce(true, ctx);
                }
            }
            Notice::Stop(reason) => {
                self.b2bua.stop(reason);
                ctx.stop();
            }
        }
    }
}

impl Handler<Registered> for WebrtcAccount {
    type Result = ();

    fn handle(&mut self, _: Registered, _: &mut Self::Context) {
        self.b2bua.set_state(self.b2bua.status(State::Connected, StateReason::Ok));
    }
}

impl Handler<Ring> for WebrtcAccount {
    type Result = Vec<(CallId, Route)>;

    fn handle(&mut self, ring: Ring, _: &mut Self::Context) -> Self::Result {
        self.b2bua.ring(&ring)
    }
}
