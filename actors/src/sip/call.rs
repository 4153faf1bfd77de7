//! One call between a browser and a phone: the shell of [`gateway::sip`] and of a bridge of the media plane.
//!
//! Started by the caller's B2BUA on its lane, or by the connector for an INVITE that came. Addressed by the B2BUAs of
//! its legs, by the connector and the transport through its [`Wire`], and by its bridge. Ends with the call; if it
//! dies, its [`Legs`] tell the browsers and its last act tells the phone.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message as ActixMessage, Recipient, SpawnHandle,
    WrapFuture,
};
use gateway::sip::{
    AskedBy, Branch, Input, MediaCommand, MediaEvent, Output, Record, Side, SipCall as Core, SipInput, SipOutput,
};
use media::bridge::{Command as ToBridge, Event};
use media::record::Container;
use signal::{CallId, EndReason};
use sip::message::{Status, Uri};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::bridge::{Carried, Told, command, event, is_of_phone};
use super::io::ToCall;
use super::number::Targets;
use super::provider::Provider;
use super::transport::FromTransport;
use super::{Uplink, Wire};
use crate::calls::{AskRoom, FromLeg, LegInput, Legs, Ring, Ringing, Rings, Shell, end_of, verdict};
use crate::config::Common;
use crate::directory::AccountRecord;
use crate::limits::{ACTOR_MAILBOX, REFERRALS_PER_CALL};
use crate::media::{BridgeHandle, BridgeSetup, BridgeSink, PeerId, Recording};

/// See the module.
pub struct SipCall {
    core: Core,
    legs: Legs,
    wire: Wire,
    bridge: Option<BridgeHandle>,
    terms: Terms,
    /// Whose devices ring, if a phone calls.
    accounts: Vec<Recipient<Ring>>,
    ringing: Ringing,
    /// How often its phones wanted somebody called.
    referrals: usize,
    timer: Option<SpawnHandle>,
    is_done: bool,
}

/// What the account's row says of its calls.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Whom they may be handed on to.
    pub targets: Targets,
    /// Into what they are recorded from the answer on, if they are.
    pub recorded: Option<Container>,
}

impl Terms {
    /// Of an account's row; `provider` is its network.
    pub fn of(record: &AccountRecord, provider: &Provider) -> Terms {
        Terms { targets: Targets::of(record, provider), recorded: Common::from(&record.config).record }
    }
}

impl SipCall {
    /// Starts the call of `core`, whose first outputs are ready. `accounts` have the devices to ring, where a phone
    /// calls, `from` this host.
    pub fn run(
        core: Core,
        legs: Legs,
        uplink: Uplink,
        terms: Terms,
        accounts: Vec<Recipient<Ring>>,
        from: Option<IpAddr>,
    ) -> Addr<SipCall> {
        SipCall::create(|ctx| SipCall {
            core,
            legs,
            wire: Wire::new(uplink, &ctx.address(), from),
            bridge: None,
            terms,
            accounts,
            ringing: Ringing::default(),
            referrals: 0,
            timer: None,
            is_done: false,
        })
    }

    fn media(&mut self, wanted: MediaCommand, ctx: &Context<Self>) {
        match command(wanted) {
            Carried::Command(ToBridge::Close) => self.bridge = None,
            Carried::Command(wanted) => {
                let uplink = self.wire.uplink();
                let (media, legs) = (&mut self.bridge, &self.legs);
                let bridge = media.get_or_insert_with(|| open(legs, uplink, ctx));
                if let Some(from) = self.wire.from().filter(|_| is_of_phone(&wanted)) {
                    bridge.command(ToBridge::Signalled { from });
                }
                bridge.command(wanted);
            }
            Carried::Record(verb) => self.record(verb),
        }
    }

    /// A far end that cannot be reached as the account wants it ends the call.
    fn sip(&mut self, output: SipOutput) {
        let reference = match &output {
            SipOutput::Send { reference, .. } => Some(*reference),
            SipOutput::Ack(_) | SipOutput::Cancel { .. } | SipOutput::Respond { .. } => None,
        };
        let Err(off) = self.wire.perform(output) else { return };
        let now = Instant::now();
        let detail = Some(off.to_string());
        self.take(now, Input::End { reason: EndReason::NotAcceptable, detail });
        if let Some(reference) = reference {
            let status = Status::SERVICE_UNAVAILABLE;
            self.take(now, Input::Sip(SipInput::NoResponse { reference, status }));
        }
    }

    fn record(&mut self, verb: Record) {
        let Some(bridge) = &self.bridge else { return };
        match verb {
            Record::Pause => bridge.record(Recording::Pause),
            Record::Resume => bridge.record(Recording::Resume),
            Record::Stop => bridge.record(Recording::Stop),
            Record::Start => match self.legs.exchange().settings.recordings.clone() {
                Some(folder) => {
                    // The gcid is the caller's choice: it may come again, and begin with a dot or a dash.
                    let container = self.terms.recorded.unwrap_or(Container::Wav);
                    let name = format!("call-{}.{}.{}", self.legs.gcid(), Uuid::new_v4(), container.extension());
                    log::info!(gcid:% = self.legs.gcid(), file = name.as_str(); "recording");
                    bridge.record(Recording::Start { path: folder.join(name), container });
                }
                None => {
                    let detail = "this engine has no folder for recordings".to_owned();
                    self.take(Instant::now(), Input::Media(MediaEvent::RecordFailed { detail }));
                }
            },
        }
    }

    /// Asks the call of the account's leg `other` for its phone.
    fn ask_replaces(&self, question: u64, other: CallId, ctx: &mut Context<Self>) {
        let (answer, asked) = oneshot::channel();
        self.legs.ask_phone(other, answer);
        ctx.spawn(asked.into_actor(self).map(move |told, call, ctx| {
            call.feed(Input::Transfer { question, other: told.ok() }, ctx);
        }));
    }

    /// Whether somebody may be called. Where a phone wants it, the account pays: its limits must have room too.
    fn ask_target(&mut self, question: u64, by: AskedBy, target: &str, ctx: &mut Context<Self>) {
        let targets = &self.terms.targets;
        let (found, is_further) = match by {
            AskedBy::Browser => {
                let uri = targets.find(target).ok();
                return self.take(Instant::now(), Input::Target { question, uri });
            }
            AskedBy::Redirection => (targets.find_for_phone(target, false, self.wire.uplink()), false),
            AskedBy::Referral { replaces } => (targets.find_for_phone(target, replaces, self.wire.uplink()), true),
        };
        self.referrals += 1;
        let refused = match found {
            Ok(uri) if self.referrals <= REFERRALS_PER_CALL => return self.ask_room(question, uri, is_further, ctx),
            Ok(_) => format!("at most {REFERRALS_PER_CALL} calls because its phones say so"),
            Err(error) => error.message,
        };
        log::warn!(gcid:% = self.legs.gcid(), target; "a phone's wish to have somebody called is refused: {refused}");
        self.take(Instant::now(), Input::Target { question, uri: None });
    }

    fn ask_room(&self, question: u64, uri: Uri, is_further: bool, ctx: &mut Context<Self>) {
        let (answer, asked) = oneshot::channel();
        self.legs.ask_room(AskRoom { is_further, answer });
        ctx.spawn(asked.into_actor(self).map(move |has_room, call, ctx| {
            let uri = Some(uri).filter(|_| has_room.unwrap_or(false));
            if uri.is_none() {
                log::warn!(gcid:% = call.legs.gcid(); "a phone's wish to have somebody called is over the session's limits");
            }
            call.feed(Input::Target { question, uri }, ctx);
        }));
    }

    /// Which of the accounts' devices ring.
    fn ring_accounts(&mut self, ctx: &mut Context<Self>) {
        let Some(peer) = self.core.caller().cloned() else { return };
        let ring = Ring { call: ctx.address().recipient(), caller: None, gcid: self.legs.gcid().clone(), peer };
        let accounts = std::mem::take(&mut self.accounts);
        self.ring(accounts, &ring, ctx);
    }
}

/// The bridge of a call.
fn open(legs: &Legs, uplink: &Uplink, ctx: &Context<SipCall>) -> BridgeHandle {
    let actor: Recipient<FromBridge> = ctx.address().recipient();
    // An event that finds the mailbox full is lost: the core gives the media plane up after a while.
    let sink: BridgeSink = Arc::new(move |peer, event| {
        let _ = actor.try_send(FromBridge { peer, event });
    });
    let setup = BridgeSetup { policy: uplink.policy(), bind: uplink.bind() };
    legs.exchange().media.open_bridge(setup, sink)
}

impl Shell for SipCall {
    type Input = Input;
    type Output = Output;
    const TIMEOUT: Input = Input::Timeout;

    fn take(&mut self, now: Instant, input: Input) {
        self.core.handle(now, input);
    }

    fn poll(&mut self) -> Option<Output> {
        self.core.poll()
    }

    fn perform(&mut self, output: Output, ctx: &mut Context<Self>) {
        match output {
            Output::Send { leg, message } => self.legs.send(leg, message),
            Output::Refuse { leg, error } => self.legs.refuse(leg, error),
            Output::Media(command) => self.media(command, ctx),
            Output::Sip(output) => self.sip(output),
            Output::Challenged { reference, response } => {
                let taken = self.wire.challenged(reference, &response);
                self.take(Instant::now(), Input::Credentials { reference, taken });
            }
            Output::Dialogs(dialogs) => self.wire.dialogs(dialogs),
            Output::AskTarget { question, by, target } => self.ask_target(question, by, &target, ctx),
            Output::AskReplaces { question, call } => self.ask_replaces(question, call, ctx),
            Output::Answered { leg } => {
                self.legs.answered(leg);
                if self.terms.recorded.is_some() {
                    self.record(Record::Start);
                }
            }
            Output::LegEnded { leg, reason, by_leg, detail } => {
                self.legs.ended(leg, reason, by_leg, detail.as_deref());
            }
            Output::Wake(at) => self.wake(at, ctx),
            Output::Done => {
                self.is_done = true;
                self.finish(ctx);
            }
        }
    }

    fn timer(&mut self) -> &mut Option<SpawnHandle> {
        &mut self.timer
    }

    fn legs(&mut self) -> &mut Legs {
        &mut self.legs
    }
}

impl Rings for SipCall {
    fn ringing(&mut self) -> &mut Ringing {
        &mut self.ringing
    }

    fn is_inviting(&self) -> bool {
        self.core.is_ringing()
    }

    fn branches(legs: Vec<Branch>) -> Input {
        Input::Branches { legs }
    }

    fn unreachable(reason: EndReason) -> Input {
        Input::Unreachable { reason }
    }
}

impl Actor for SipCall {
    type Context = Context<SipCall>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(ACTOR_MAILBOX);
        self.drain(ctx);
        self.ring_accounts(ctx);
    }
}

/// What a call that dies leaves to the phone: CANCEL, a refusal or BYE. Its legs are told by [`Legs`].
impl Drop for SipCall {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        // The core may be what panicked.
        let told = catch_unwind(AssertUnwindSafe(|| {
            let detail = Some("a fault of the engine".to_owned());
            self.core.handle(Instant::now(), Input::End { reason: EndReason::InternalError, detail });
            while let Some(output) = self.core.poll() {
                if let Output::Sip(output) = output {
                    // What cannot be sent is not waited for.
                    let _ = self.wire.perform(output);
                }
            }
        }));
        if told.is_err() {
            log::error!(gcid:% = self.legs.gcid(); "a phone was not told that its call is dead");
        }
    }
}

impl Handler<FromLeg> for SipCall {
    type Result = ();

    fn handle(&mut self, FromLeg { leg, input }: FromLeg, ctx: &mut Self::Context) {
        let input = match input {
            LegInput::Message { message, reference } => {
                #[cfg(test)]
                crate::tests::trip("call", reference.as_ref());
                self.legs.heard(leg, &message, reference);
                Input::Browser { leg, message }
            }
            LegInput::Lost => Input::LegLost { leg },
            LegInput::TakeOver { start, route } => {
                let leg = self.legs.claimed(leg, route.account);
                if !self.legs.take_over(leg, start.id, *route) {
                    return;
                }
                Input::TakeOver { leg, start }
            }
            LegInput::AskPhone(answer) => {
                if let Some(phone) = self.core.replaces() {
                    // Who asked may be gone.
                    let _ = answer.send(phone);
                }
                return;
            }
            LegInput::LateDevice { route } => return self.branch(vec![(leg, *route)], ctx),
            LegInput::End(reason) => Input::Browser { leg, message: end_of(leg, reason) },
        };
        self.feed(input, ctx);
    }
}

impl Handler<FromTransport> for SipCall {
    type Result = ();

    fn handle(&mut self, told: FromTransport, ctx: &mut Self::Context) {
        if let FromTransport::NoResponse { status, cause, .. } = &told {
            log::info!(gcid:% = self.legs.gcid(), status:%, cause:%; "no response of a phone's network");
        }
        let Some(input) = self.wire.heard(told) else { return };
        self.feed(Input::Sip(input), ctx);
    }
}

impl Handler<ToCall> for SipCall {
    type Result = ();

    fn handle(&mut self, ToCall { input, from }: ToCall, ctx: &mut Self::Context) {
        self.wire.heard_from(from);
        self.feed(input, ctx);
    }
}

/// From a media worker.
#[derive(ActixMessage)]
#[rtype(result = "()")]
pub struct FromBridge {
    /// Which bridge.
    peer: PeerId,
    /// What it reports.
    event: Event,
}

impl Handler<FromBridge> for SipCall {
    type Result = ();

    fn handle(&mut self, FromBridge { peer, event: told }: FromBridge, ctx: &mut Self::Context) {
        if self.bridge.as_ref().is_none_or(|bridge| bridge.id() != peer) {
            return;
        }
        if let Event::Silent { side, detail } = &told {
            log::info!(gcid:% = self.legs.gcid(), side:?, detail = detail.as_str(); "no media");
        }
        match event(told) {
            Told::Event(event) => self.feed(Input::Media(event), ctx),
            Told::NoRoom(detail) => {
                let (reason, detail) = (EndReason::LimitExceeded, Some(detail));
                self.feed(Input::End { reason, detail }, ctx);
            }
            // What the phone's network did to the call is what a record is read for.
            Told::Stats(Side::Phone, stats) => self.legs.media(verdict(&stats)),
            Told::Stats(Side::Browser, _) => {}
        }
    }
}
