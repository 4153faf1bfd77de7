//! [`EchoCall`]: the call itself.

use std::collections::VecDeque;
use std::time::Instant;

use ::call::dialog::Ended;
use ::call::dtmf::{Tone, tones};
use ::call::{Party, Role};
use sdp::AddressPolicy;
use signal::call::{Accept, Call, CallRef, Dtmf, End, Start};
use signal::{CallId, Code, EndReason, Error, Gcid};

use super::{Input, MediaCommand, Output};
use crate::leg::Leg;
use crate::{Timing, screen};

/// One call from a browser to the engine.
///
/// ```text
///   Gathering ──► Answering ──► Talking ──► Over ──► Done
///   (trickle:false, until the     (accept)    ▲
///    description is whole)                    └── an end, a lost client, dead media: from everywhere
/// ```
/// A take-over goes back to the beginning with a new leg and a new media peer.
#[derive(Debug)]
pub struct EchoCall {
    gcid: Gcid,
    pub(super) timing: Timing,
    pub(super) policy: AddressPolicy,
    /// The last one is the current one; those before it were replaced.
    legs: Vec<Leg>,
    pub(super) stage: Stage,
    /// The media path is down: until when that is borne.
    pub(super) media_until: Option<Instant>,
    outputs: VecDeque<Output>,
    wake: Option<Instant>,
    done: bool,
}

/// See the diagram of [`EchoCall`].
#[derive(Debug)]
pub(super) enum Stage {
    /// Waits for `call.fullsdp`, or goes on with what it has.
    Gathering { offer: Option<String>, until: Instant },
    /// The media peer has the offer.
    Answering { until: Instant },
    /// Accepted.
    Talking,
    /// Only confirmations are waited for.
    Over,
}

impl EchoCall {
    /// A call as `start` asks for it. The first outputs are ready at once: [`EchoCall::poll`].
    /// The media peer hears of no address that `policy` forbids.
    pub fn new(now: Instant, start: Start, gcid: Gcid, timing: Timing, policy: AddressPolicy) -> EchoCall {
        let mut call = EchoCall {
            gcid,
            timing,
            policy,
            legs: Vec::new(),
            stage: Stage::Over,
            media_until: None,
            outputs: VecDeque::new(),
            wake: None,
            done: false,
        };
        call.begin(now, start);
        call.settle();
        call
    }

    /// Takes in what happened; then [`EchoCall::poll`] until `None`.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Browser { message } => self.on_browser(now, message),
            Input::Media(event) => self.on_media(now, event),
            Input::LegLost => self.on_leg_lost(),
            Input::TakeOver { start } => self.on_take_over(now, *start),
            Input::End { reason, detail } => self.end(now, reason, detail),
            Input::Timeout => self.on_timeout(now),
        }
        self.settle();
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn begin(&mut self, now: Instant, start: Start) {
        let id = start.id;
        self.legs.push(Leg::new(id, Role::Caller));
        self.media_until = None;
        if let Err(error) = screen::start(&start) {
            let detail = Some(error.message.clone());
            self.refuse(id, error);
            return self.end(now, EndReason::NotAcceptable, detail);
        }
        self.send(Call::Alive(CallRef { id, gcid: None }));
        let is_whole = screen::is_whole(&start);
        self.stage = Stage::Gathering { offer: start.sdp, until: now + self.timing.full_sdp };
        if is_whole {
            self.open(now);
        }
    }

    /// Gives the offer to a fresh media peer.
    fn open(&mut self, now: Instant) {
        let until = now + self.timing.change;
        let Stage::Gathering { offer, .. } = std::mem::replace(&mut self.stage, Stage::Answering { until }) else {
            return;
        };
        match offer.map(|text| screen::description(&text, &self.policy)) {
            Some(Ok(sdp)) => self.command(MediaCommand::Open { sdp }),
            Some(Err(_)) | None => self.end(now, EndReason::NotAcceptable, Some("sdp: an offer expected".into())),
        }
    }

    /// The media peer's answer is the accept.
    pub(super) fn accept(&mut self, now: Instant, sdp: String) {
        let until = now + self.timing.ack_accept;
        let Some(Ok(())) = self.leg().map(|leg| leg.dialog.accept(Party::Engine, until)) else { return };
        self.stage = Stage::Talking;
        let Some(id) = self.leg().map(|leg| leg.id) else { return };
        self.send(Call::Accept(Accept { id, gcid: None, account: None, trickle: false, sdp: Some(sdp) }));
        self.output(Output::Answered { leg: id });
    }

    fn on_browser(&mut self, now: Instant, message: Call) {
        let id = message.id();
        let Some(leg) = self.legs.iter_mut().find(|leg| leg.id == id) else {
            if !matches!(message, Call::AckEnd(_)) {
                self.refuse(id, Error::new(Code::UnknownCall, "id: a call of this session expected"));
            }
            return;
        };
        let result = match message {
            Call::End(end) => return self.on_end(id, end),
            Call::AckEnd(_) => return leg.dialog.on_ack_end(),
            _ if leg.dialog.is_settled() => Err(Error::new(Code::WrongState, "id: a call that is not over expected")),
            // It crossed our end.
            _ if !leg.dialog.is_live() => return,
            message => self.on_live(now, message),
        };
        if let Err(error) = result {
            self.refuse(id, error);
        }
    }

    fn on_live(&mut self, now: Instant, message: Call) -> Result<(), Error> {
        let Some(leg) = self.leg() else { return Ok(()) };
        match message {
            Call::AckAccept(_) => leg.dialog.ack_accept(Party::Browser),
            Call::Candidate(body) => self.on_candidate(&body),
            Call::FullSdp(body) => self.on_full_sdp(now, body.sdp),
            Call::ChangeLock(_) => self.on_lock(now),
            Call::ChangeOffer(body) => self.on_offer(now, &body),
            Call::ChangeLockReset(_) => self.on_lock_reset(),
            Call::ChangeLockOk(_) | Call::ChangeAnswer(_) => self.on_unasked(),
            Call::Dtmf(dtmf) => self.on_dtmf(&dtmf),
            Call::Info(_) => leg.dialog.established(),
            Call::Alive(_) | Call::Ringing(_) | Call::Progress(_) => leg.dialog.provisional(Party::Browser),
            Call::Accept(_) => leg.dialog.accept(Party::Browser, now),
            Call::Start(_) => Err(Error::new(Code::WrongState, "id: an id not yet used expected")),
            Call::Transfer(_) | Call::TransferState(_) => {
                Err(Error::new(Code::NotSupported, "method: call.transfer is not supported by this account"))
            }
            // Taken before.
            Call::End(_) | Call::AckEnd(_) => Ok(()),
        }
    }

    fn on_full_sdp(&mut self, now: Instant, text: String) -> Result<(), Error> {
        screen::read(&text)?;
        if let Stage::Gathering { offer, .. } = &mut self.stage {
            *offer = Some(text);
            self.open(now);
        }
        Ok(())
    }

    /// Each key comes back as a message of its own, as it does when it is sent in the media.
    fn on_dtmf(&mut self, dtmf: &Dtmf) -> Result<(), Error> {
        let tones = tones(&dtmf.dtmf)?;
        if let Some(leg) = self.leg() {
            leg.dialog.established()?;
        }
        for tone in tones {
            match tone {
                Tone::Digit(digit) => self.report(digit),
                Tone::Pause => {}
            }
        }
        Ok(())
    }

    pub(super) fn report(&mut self, digit: char) {
        let Some(leg) = self.leg().filter(|leg| leg.dialog.is_accepted()) else { return };
        let id = leg.id;
        self.send(Call::Dtmf(Dtmf { id, gcid: None, dtmf: digit.to_string(), duration_ms: None, account: None }));
    }

    fn on_end(&mut self, id: CallId, end: End) {
        let Some(leg) = self.legs.iter_mut().find(|leg| leg.id == id) else { return };
        let (reason, own_word) =
            EndReason::from_wire(end.reason.as_deref().unwrap_or_default(), leg.dialog.is_accepted());
        let ended = leg.dialog.on_end();
        if ended != Ended::Before {
            let message = Call::AckEnd(CallRef { id, gcid: None }).on_leg(id, &self.gcid);
            self.output(Output::Send { leg: id, message });
        }
        if ended == Ended::Now {
            self.output(Output::LegEnded { leg: id, reason, by_leg: true, detail: end.detail.or(own_word) });
            self.close();
        }
    }

    fn on_leg_lost(&mut self) {
        self.close();
        let mut lost = Vec::new();
        for leg in &mut self.legs {
            if leg.dialog.is_live() {
                lost.push(leg.id);
            }
            leg.dialog.lose();
        }
        for leg in lost {
            self.output(Output::LegEnded { leg, reason: EndReason::ConnectionLost, by_leg: false, detail: None });
        }
    }

    fn on_take_over(&mut self, now: Instant, start: Start) {
        if self.legs.iter().any(|leg| leg.id == start.id) {
            return self.refuse(start.id, Error::new(Code::WrongState, "id: an id not yet used expected"));
        }
        self.end(now, EndReason::Replaced, None);
        self.begin(now, start);
    }

    /// Ends the call from our side.
    pub(super) fn end(&mut self, now: Instant, reason: EndReason, detail: Option<String>) {
        self.close();
        self.end_leg(now, reason, detail);
    }

    fn end_leg(&mut self, now: Instant, reason: EndReason, detail: Option<String>) {
        let until = now + self.timing.ack_end;
        let Some(leg) = self.leg() else { return };
        let id = leg.id;
        if leg.dialog.end(until) {
            let word = Some(reason.word().to_owned());
            self.send(Call::End(End { id, gcid: None, reason: word, detail: detail.clone() }));
            self.output(Output::LegEnded { leg: id, reason, by_leg: false, detail });
        }
    }

    /// No more media.
    fn close(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        self.media_until = None;
        if matches!(stage, Stage::Answering { .. } | Stage::Talking) {
            self.command(MediaCommand::Close);
        }
    }

    fn on_timeout(&mut self, now: Instant) {
        let mut unconfirmed = false;
        for leg in &mut self.legs {
            unconfirmed |= leg.dialog.expire(now) && leg.dialog.is_live();
        }
        if unconfirmed {
            self.end(now, EndReason::Timeout, Some("call.accept was not confirmed".into()));
        }
        if self.media_until.is_some_and(|until| until <= now) {
            self.end(now, EndReason::ConnectionLost, Some("no media path".into()));
        }
        match &self.stage {
            Stage::Gathering { until, .. } if *until <= now => self.open(now),
            Stage::Answering { until } if *until <= now => {
                self.end(now, EndReason::InternalError, Some("the media plane does not answer".into()));
            }
            Stage::Gathering { .. } | Stage::Answering { .. } | Stage::Over => {}
            Stage::Talking => self.on_change_timeout(now),
        }
    }

    /// The last outputs of every input: when to come back, or that nothing remains.
    fn settle(&mut self) {
        if self.done {
            return;
        }
        if self.legs.iter().all(|leg| leg.dialog.is_over()) {
            self.done = true;
            return self.output(Output::Done);
        }
        let of_stage = match &self.stage {
            Stage::Gathering { until, .. } | Stage::Answering { until } => Some(*until),
            Stage::Talking | Stage::Over => None,
        };
        let next = self.legs.iter().filter_map(Leg::deadline).chain(of_stage).chain(self.media_until).min();
        if let Some(at) = next.filter(|_| next != self.wake) {
            self.output(Output::Wake(at));
        }
        self.wake = next;
    }

    /// The current leg.
    pub(super) fn leg(&mut self) -> Option<&mut Leg> {
        self.legs.last_mut()
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn command(&mut self, command: MediaCommand) {
        self.output(Output::Media(command));
    }

    /// On the current leg.
    pub(super) fn send(&mut self, message: Call) {
        let Some(leg) = self.leg().map(|leg| leg.id) else { return };
        let message = message.on_leg(leg, &self.gcid);
        self.output(Output::Send { leg, message });
    }

    fn refuse(&mut self, leg: CallId, error: Error) {
        self.output(Output::Refuse { leg, error });
    }
}
