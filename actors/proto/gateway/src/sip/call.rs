//! [`SipCall`]: the object, its two verbs, its clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use ::call::Role;
use sdp::AddressPolicy;
use signal::call::{Call, Start};
use signal::{CallId, Code, EndReason, Error, Gcid};
use sip::dialog::DialogId;
use sip::message::{Request, Uri};
use sip::transaction::ServerKey;

use super::dial::Dial;
use super::hand_over::Asked;
use super::io::{Input, Line, MediaCommand, Output, Side};
use super::media::{Job, Kinds, Media};
use super::phone::{Phone, Sent};
use super::ring::Ring;
use super::talk::Talk;
use crate::leg::Leg;
use crate::{Timing, screen};

/// One call between a browser and a phone.
///
/// ```text
///   outgoing: Dialing ──┐ answered                 an end of either side, a bound
///                       ├────────► Talking ──────────────┐
///   incoming: Ringing ──┘                                V
///       └───────────────────────────────────────────► Over ──► Done
///                                             (both sides confirmed or given up)
/// ```
#[derive(Debug)]
pub struct SipCall {
    pub(super) gcid: Gcid,
    pub(super) line: Line,
    pub(super) timing: Timing,
    pub(super) policy: AddressPolicy,
    pub(super) random: fastrand::Rng,
    /// Every browser leg there ever was.
    pub(super) legs: Vec<Leg>,
    pub(super) stage: Stage,
    /// Every SIP usage that is not over.
    pub(super) phones: Vec<Phone>,
    /// Requests of ours without a final response.
    pub(super) sent: BTreeMap<u64, Sent>,
    pub(super) media: Media,
    /// A REFER that is not answered yet.
    pub(super) asked: Option<Asked>,
    /// Pages that take over, by the serial of their offer.
    pub(super) claims: BTreeMap<u64, (CallId, Kinds)>,
    serial: u64,
    dialogs: Vec<DialogId>,
    outputs: VecDeque<Output>,
    wake: Option<Instant>,
    done: bool,
}

/// See the diagram of [`SipCall`].
#[derive(Debug)]
pub(super) enum Stage {
    /// The browser calls.
    Dialing(Box<Dial>),
    /// The phone calls.
    Ringing(Box<Ring>),
    /// Answered.
    Talking(Box<Talk>),
    /// Only confirmations are waited for.
    Over,
}

impl SipCall {
    /// A browser calls `target`, as `start` asks for it. The first outputs are ready at once.
    /// `seed`: by chance; Call-ID and tags are made of it.
    pub fn outgoing(
        now: Instant,
        start: Start,
        target: Uri,
        gcid: Gcid,
        line: Line,
        seed: u64,
        timing: Timing,
    ) -> SipCall {
        let mut call = SipCall::new(gcid, line, seed, timing);
        call.legs.push(Leg::new(start.id, Role::Caller));
        call.dial(now, start, target);
        call.settle(now);
        call
    }

    /// A phone calls; the INVITE has been answered by nobody yet. Feed [`Input::Branches`] or
    /// [`Input::Unreachable`] next.
    pub fn incoming(
        now: Instant,
        key: ServerKey,
        request: Request,
        gcid: Gcid,
        line: Line,
        seed: u64,
        timing: Timing,
    ) -> SipCall {
        let mut call = SipCall::new(gcid, line, seed, timing);
        call.ring(now, key, request);
        call.settle(now);
        call
    }

    fn new(gcid: Gcid, line: Line, seed: u64, timing: Timing) -> SipCall {
        SipCall {
            gcid,
            line,
            timing,
            policy: AddressPolicy::default(),
            random: fastrand::Rng::with_seed(seed),
            legs: Vec::new(),
            stage: Stage::Over,
            phones: Vec::new(),
            sent: BTreeMap::new(),
            media: Media::default(),
            asked: None,
            claims: BTreeMap::new(),
            serial: 0,
            dialogs: Vec::new(),
            outputs: VecDeque::new(),
            wake: None,
            done: false,
        }
    }

    /// Takes in what happened; then [`SipCall::poll`] until `None`.
    pub fn handle(&mut self, now: Instant, input: Input) {
        if self.done {
            return;
        }
        match input {
            Input::Browser { leg, message } => self.on_browser(now, leg, message),
            Input::Branches { legs } => self.on_branches(legs),
            Input::Unreachable { reason } => self.on_unreachable(now, reason),
            Input::LegLost { leg } => self.on_leg_lost(now, leg),
            Input::TakeOver { leg, start } => self.on_take_over(now, leg, *start),
            Input::End { reason, detail } => self.end_all(now, reason, detail),
            Input::Media(event) => self.on_media(now, event),
            Input::Sip(input) => self.on_sip(now, input),
            Input::Credentials { reference, taken } => self.on_credentials(now, reference, taken),
            Input::Replacing { key, request } => self.on_replacing(now, key, *request),
            Input::Target { question, uri } => self.on_target(now, question, uri),
            Input::Transfer { question, other } => self.on_other_call(now, question, other),
            Input::Timeout => self.on_timeout(now),
        }
        self.settle(now);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether a further branch would ring.
    pub fn is_ringing(&self) -> bool {
        matches!(self.stage, Stage::Ringing(_))
    }

    fn on_browser(&mut self, now: Instant, id: CallId, message: Call) {
        let Some(leg) = self.leg(id) else {
            if !matches!(message, Call::AckEnd(_)) {
                self.refuse(id, Error::new(Code::UnknownCall, "id: a call of this session expected"));
            }
            return;
        };
        let result = match message {
            Call::End(end) => return self.on_end(now, id, end),
            Call::AckEnd(_) => return leg.dialog.on_ack_end(),
            _ if leg.dialog.is_settled() => Err(Error::new(Code::WrongState, "id: a call that is not over expected")),
            // It crossed our end.
            _ if !leg.dialog.is_live() => return,
            message => self.on_live(now, id, message),
        };
        if let Err(error) = result {
            self.refuse(id, error);
        }
    }

    fn on_live(&mut self, now: Instant, id: CallId, message: Call) -> Result<(), Error> {
        match message {
            Call::Alive(_) | Call::Progress(_) => self.on_alive(id),
            Call::Ringing(_) => self.on_ringing(now, id),
            Call::Accept(body) => self.on_accept(now, id, body),
            Call::AckAccept(_) => self.on_ack_accept(id),
            Call::Candidate(body) => self.on_candidate(&body),
            Call::FullSdp(body) => self.on_full_sdp(now, id, body),
            Call::ChangeLock(_)
            | Call::ChangeLockOk(_)
            | Call::ChangeLockReset(_)
            | Call::ChangeOffer(_)
            | Call::ChangeAnswer(_) => self.on_change(now, id, message),
            Call::Dtmf(body) => self.on_dtmf(now, id, &body),
            Call::Info(body) => self.on_info(id, &body),
            Call::Transfer(body) => self.on_transfer(id, body),
            Call::Start(_) => Err(Error::new(Code::WrongState, "id: an id not yet used expected")),
            Call::TransferState(_) => Err(Error::new(Code::WrongState, "state: only the engine tells it")),
            // Taken before.
            Call::End(_) | Call::AckEnd(_) => Ok(()),
        }
    }

    fn on_timeout(&mut self, now: Instant) {
        let mut unconfirmed = false;
        for leg in &mut self.legs {
            unconfirmed |= leg.dialog.expire(now) && leg.dialog.is_live();
        }
        if unconfirmed {
            self.end_all(now, EndReason::Timeout, Some("call.accept was not confirmed".into()));
        }
        if self.media.deadline().is_some_and(|until| until <= now) {
            self.end_all(now, EndReason::InternalError, Some("the media plane does not answer".into()));
        }
        self.wake_phones(now);
        match &self.stage {
            Stage::Dialing(_) => self.on_dial_timeout(now),
            Stage::Ringing(_) => self.on_ring_timeout(now),
            Stage::Talking(_) => self.on_talk_timeout(now),
            Stage::Over => {}
        }
    }

    /// The last outputs of every input: what the phones want, when to come back, or that nothing remains.
    fn settle(&mut self, now: Instant) {
        self.drain_phones(now);
        self.reconcile(now);
        self.drain_phones(now);
        if self.done {
            return;
        }
        if matches!(self.stage, Stage::Over) {
            self.decline_refer();
        }
        if matches!(self.stage, Stage::Over)
            && let Some(close) = self.media.close()
        {
            self.output(Output::Media(close));
        }
        self.tell_dialogs();
        let is_over = matches!(self.stage, Stage::Over) && self.legs.iter().all(|leg| leg.dialog.is_over());
        if is_over && self.phones.is_empty() {
            self.done = true;
            return self.output(Output::Done);
        }
        let of_stage = match &self.stage {
            Stage::Dialing(dial) => dial.deadline(),
            Stage::Ringing(ring) => ring.deadline(),
            Stage::Talking(talk) => talk.deadline(),
            Stage::Over => None,
        };
        let of_legs = self.legs.iter().filter_map(Leg::deadline);
        let of_phones = self.phones.iter().filter_map(Phone::deadline);
        let next = of_legs.chain(of_phones).chain(of_stage).chain(self.media.deadline()).min();
        if let Some(at) = next.filter(|_| next != self.wake) {
            self.output(Output::Wake(at));
        }
        self.wake = next;
    }

    fn tell_dialogs(&mut self) {
        let dialogs: Vec<_> = self.phones.iter().flat_map(Phone::dialogs).collect();
        if dialogs != self.dialogs {
            self.dialogs.clone_from(&dialogs);
            self.output(Output::Dialogs(dialogs));
        }
    }

    pub(super) fn leg(&mut self, id: CallId) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    /// The leg of a message already found to be of this call.
    pub(super) fn known(&mut self, id: CallId) -> Result<&mut Leg, Error> {
        self.leg(id).ok_or_else(|| Error::new(Code::UnknownCall, "id: a call of this session expected"))
    }

    /// The leg that is, or will be, in the call.
    pub(super) fn browser(&self) -> Option<CallId> {
        match &self.stage {
            Stage::Dialing(dial) => Some(dial.leg),
            Stage::Ringing(ring) => ring.winner,
            Stage::Talking(talk) => Some(talk.leg),
            Stage::Over => None,
        }
    }

    /// A number nobody had before in this call.
    pub(super) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn command(&mut self, command: MediaCommand) {
        self.media.is_open = true;
        self.output(Output::Media(command));
    }

    /// A command that is answered by an event of `side`.
    pub(super) fn ask_media(&mut self, now: Instant, side: Side, job: Job, command: MediaCommand) {
        self.media.begin(now, side, job);
        self.output(Output::Media(command));
    }

    pub(super) fn send(&mut self, leg: CallId, message: Call) {
        let message = message.on_leg(leg, &self.gcid);
        self.output(Output::Send { leg, message });
    }

    pub(super) fn refuse(&mut self, leg: CallId, error: Error) {
        self.output(Output::Refuse { leg, error });
    }

    /// Checked, without addresses that the policy forbids.
    pub(super) fn screened(&self, sdp: &str) -> Result<String, Error> {
        screen::description(sdp, &self.policy)
    }
}
