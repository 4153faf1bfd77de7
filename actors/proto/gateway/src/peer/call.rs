//! [`PeerCall`]: the object, its two verbs, its clock.

use std::collections::VecDeque;
use std::time::Instant;

use ::call::Role;
use sdp::AddressPolicy;
use signal::call::{Call, Start};
use signal::{CallId, Code, EndReason, Error, Gcid};

use super::invite::Invite;
use super::talk::Pair;
use super::{Input, Output};
use crate::leg::Leg;
use crate::{Timing, screen};

/// One call from browser to browser.
///
/// ```text
///                first accept          an end, a lost client, a bound
///   Inviting ──────────────► Joined ──────────────► Over ──► Done
///      └───────────────────────────────────────────►┘ (every leg confirmed or given up)
/// ```
#[derive(Debug)]
pub struct PeerCall {
    pub(super) gcid: Gcid,
    pub(super) timing: Timing,
    pub(super) policy: AddressPolicy,
    pub(super) random: fastrand::Rng,
    /// Every leg there ever was, in order of appearance; few, so they are searched.
    pub(super) legs: Vec<Leg>,
    pub(super) stage: Stage,
    outputs: VecDeque<Output>,
    wake: Option<Instant>,
    done: bool,
}

/// See the diagram of [`PeerCall`].
#[derive(Debug)]
pub(super) enum Stage {
    /// Branches ring, or are about to.
    Inviting(Box<Invite>),
    /// Two legs.
    Joined(Pair),
    /// Only confirmations are waited for.
    Over,
}

impl PeerCall {
    /// A call as the caller's `start` asks for it; `start.id` is the caller's leg, and
    /// `start.peer` (set by the shell) is what called devices are shown of the caller.
    /// Feed [`Input::Branches`] or [`Input::Unreachable`] next. A `start` with a bad offer is refused and ended.
    pub fn new(now: Instant, start: Start, gcid: Gcid, seed: u64, timing: Timing) -> PeerCall {
        let leg = start.id;
        let checked = screen::start(&start);
        let invite = Invite::new(now, start, &timing);
        let mut call = PeerCall {
            gcid,
            timing,
            policy: AddressPolicy::default(),
            random: fastrand::Rng::with_seed(seed),
            legs: vec![Leg::new(leg, Role::Caller)],
            stage: Stage::Inviting(Box::new(invite)),
            outputs: VecDeque::new(),
            wake: None,
            done: false,
        };
        if let Err(error) = checked {
            let detail = Some(error.message.clone());
            call.refuse(leg, error);
            call.end_all(now, EndReason::NotAcceptable, detail);
        }
        call.settle();
        call
    }

    /// Which addresses may be told to the far end; the default is [`AddressPolicy::default`].
    #[must_use]
    pub fn allowing(mut self, policy: AddressPolicy) -> PeerCall {
        self.policy = policy;
        self
    }

    /// Takes in what happened; then [`PeerCall::poll`] until `None`.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Browser { leg, message } => self.on_browser(now, leg, message),
            Input::Branches { legs } => self.on_branches(legs),
            Input::Unreachable { reason } => self.on_unreachable(now, reason),
            Input::LegLost { leg } => self.on_leg_lost(now, leg),
            Input::TakeOver { leg, start } => self.on_take_over(now, leg, *start),
            Input::End { reason, detail } => self.end_all(now, reason, detail),
            Input::Timeout => self.on_timeout(now),
        }
        self.settle();
    }

    /// Whether a further branch would ring.
    pub fn is_inviting(&self) -> bool {
        matches!(self.stage, Stage::Inviting(_))
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
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
            Call::Alive(body) => self.on_alive(id, body),
            Call::Ringing(body) => self.on_ringing(id, body),
            Call::Progress(body) => self.on_progress(id, body),
            Call::Accept(body) => self.on_accept(now, id, body),
            Call::AckAccept(body) => self.on_ack_accept(now, id, body),
            Call::Candidate(body) => self.on_candidate(id, &body),
            Call::FullSdp(body) => self.on_full_sdp(now, id, body),
            Call::ChangeLock(_)
            | Call::ChangeLockOk(_)
            | Call::ChangeLockReset(_)
            | Call::ChangeOffer(_)
            | Call::ChangeAnswer(_) => self.on_change(now, id, message),
            Call::Dtmf(_) | Call::Info(_) => self.pass_on(id, message),
            Call::Start(_) => Err(Error::new(Code::WrongState, "id: an id not yet used expected")),
            Call::Transfer(_) | Call::TransferState(_) => {
                Err(Error::new(Code::NotSupported, "method: call.transfer is not supported on this network"))
            }
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
        match &self.stage {
            Stage::Inviting(_) => self.on_invite_timeout(now),
            Stage::Joined(_) => self.on_talk_timeout(now),
            Stage::Over => {}
        }
    }

    /// The last outputs of every input: when to come back, or that nothing remains.
    fn settle(&mut self) {
        if self.done {
            return;
        }
        if self.legs.iter().all(|leg| leg.dialog.is_over()) {
            self.done = true;
            self.outputs.push_back(Output::Done);
            return;
        }
        let of_stage = match &self.stage {
            Stage::Inviting(invite) => invite.deadline(),
            Stage::Joined(pair) => pair.deadline(),
            Stage::Over => None,
        };
        let next = self.legs.iter().filter_map(Leg::deadline).chain(of_stage).min();
        if let Some(at) = next.filter(|_| next != self.wake) {
            self.outputs.push_back(Output::Wake(at));
        }
        self.wake = next;
    }

    pub(super) fn leg(&mut self, id: CallId) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    /// The leg of a message already found to be of this call.
    pub(super) fn known(&mut self, id: CallId) -> Result<&mut Leg, Error> {
        self.leg(id).ok_or_else(|| Error::new(Code::UnknownCall, "id: a call of this session expected"))
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn send(&mut self, leg: CallId, message: Call) {
        let message = message.on_leg(leg, &self.gcid);
        self.outputs.push_back(Output::Send { leg, message });
    }

    pub(super) fn refuse(&mut self, leg: CallId, error: Error) {
        self.outputs.push_back(Output::Refuse { leg, error });
    }
}
