//! The B2BUA of an account whose connector this build does not have: it says so.
//!
//! Started by its session; addressed by its clients; ends with its session.

use actix::{Actor, ActorContext, Context, Handler};
use signal::account::{AccountState, State, StateReason};
use signal::message::Request;
use signal::{Code, Error, Message};

use crate::router::router::refusal;
use crate::router::{Content, Routed};
use crate::session::{Build, Notice, Started};

struct Unserved(Build);

/// Starts it.
pub fn start(build: Build) -> Started {
    let account = Unserved(build).start();
    Started { notices: account.clone().recipient(), handle: account.recipient() }
}

impl Actor for Unserved {
    type Context = Context<Unserved>;
}

impl Handler<Routed> for Unserved {
    type Result = ();

    fn handle(&mut self, routed: Routed, _: &mut Self::Context) {
        let Content::Request(frame) = &routed.content else { return };
        let Unserved(build) = self;
        let answer = match Request::read(frame) {
            Ok(Request::Connect(body)) if body.id == build.record.id => {
                let detail = Some(format!("this engine has no {} yet", build.record.network.connector.name()));
                let state = AccountState {
                    id: body.id,
                    state: State::Failed,
                    reason: StateReason::Unreachable,
                    detail,
                    retry_in_s: None,
                };
                let content = Content::Message(Box::new(Message::State(state)));
                Routed { session: build.session, from: build.address, to: routed.from, content }
            }
            Ok(_) => refusal(
                build.session,
                routed.from,
                Error::new(Code::NotSupported, "the account's network is not served"),
                frame,
            ),
            Err(error) => refusal(build.session, routed.from, error, frame),
        };
        build.lane.router.do_send(answer);
    }
}

impl Handler<Notice> for Unserved {
    type Result = ();

    fn handle(&mut self, notice: Notice, ctx: &mut Self::Context) {
        match notice {
            Notice::Stop(_) => ctx.stop(),
            Notice::ClientLost(_) | Notice::Changed(_) => {}
        }
    }
}
