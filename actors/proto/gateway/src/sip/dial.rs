//! A browser calls: its offer, the INVITE, forks, early media, the answer.

use std::time::Instant;

use call::Party;
use signal::call::{Accept, Call, CallRef, Described, Ringing, Start};
use signal::{CallId, EndReason, Error};
use sip::invite::{Answered, OutgoingEvent};
use sip::message::{Headers, Response, Status, Uri};

use super::alive::Alive;
use super::call::{SipCall, Stage};
use super::io::{MediaCommand, MediaEvent, Output, Side};
use super::media::{Job, Kinds, receives};
use super::phone::allows_update;
use super::talk::Talk;
use super::{identity, reasons};
use crate::screen;

/// What is kept until the answer.
#[derive(Debug)]
pub(super) struct Dial {
    pub leg: CallId,
    target: Uri,
    /// With `trickle:false`: until when the whole description is waited for.
    gathering: Option<Instant>,
    offer: Option<String>,
    ring_until: Instant,
    /// What the browser offers; `None` until the media plane has read it.
    kinds: Option<Kinds>,
    /// What the phone was offered.
    described: Option<String>,
    told: Kinds,
    pub phone: Option<u64>,
    is_ringing: bool,
    /// What the phone said last, and the job it was given to the bridge with.
    applied: Option<(u64, Vec<u8>)>,
    /// The last of those jobs that is done.
    in_force: Option<u64>,
    pub heard: Kinds,
    rfc4733: bool,
    /// The Accept of the browser's offer that is under way.
    accepting: Option<u64>,
    /// Our answer to the browser.
    answer: Option<String>,
    /// 2xx: the job after which the browser is answered.
    answered: Option<u64>,
    is_ready: bool,
}

impl Dial {
    pub fn deadline(&self) -> Option<Instant> {
        self.gathering.into_iter().chain([self.ring_until]).min()
    }
}

impl SipCall {
    pub(super) fn dialing(&mut self) -> Option<&mut Dial> {
        match &mut self.stage {
            Stage::Dialing(dial) => Some(dial),
            Stage::Ringing(_) | Stage::Talking(_) | Stage::Over => None,
        }
    }

    pub(super) fn dial(&mut self, now: Instant, start: Start, target: Uri) {
        let id = start.id;
        if let Err(error) = screen::start(&start) {
            let detail = Some(error.message.clone());
            self.refuse(id, error);
            return self.end_all(now, EndReason::NotAcceptable, detail);
        }
        let is_whole = screen::is_whole(&start);
        self.stage = Stage::Dialing(Box::new(Dial {
            leg: id,
            target,
            gathering: (!is_whole).then(|| now + self.timing.full_sdp),
            offer: start.sdp,
            ring_until: now + self.line.ring_timeout,
            kinds: None,
            described: None,
            told: Kinds::default(),
            phone: None,
            is_ringing: false,
            applied: None,
            in_force: None,
            heard: Kinds::default(),
            rfc4733: false,
            accepting: None,
            answer: None,
            answered: None,
            is_ready: false,
        }));
        self.send(id, Call::Alive(CallRef { id, gcid: None }));
        if is_whole {
            self.offer_caller(now, false);
        }
    }

    /// Gives the caller's offer to the bridge.
    fn offer_caller(&mut self, now: Instant, fresh: bool) {
        let serial = self.next();
        let Some(dial) = self.dialing() else { return };
        dial.gathering = None;
        (dial.kinds, dial.answer, dial.accepting) = (None, None, Some(serial));
        match dial.offer.clone().map(|text| self.screened(&text)) {
            Some(Ok(sdp)) => {
                let command = MediaCommand::Offered { side: Side::Browser, sdp, fresh };
                self.ask_media(now, Side::Browser, Job::CallerOffer(serial), command);
            }
            Some(Err(_)) | None => self.end_all(now, EndReason::NotAcceptable, Some("sdp: an offer expected".into())),
        }
    }

    /// Another page of the caller's takes the leg before the answer.
    pub(super) fn claim_dialing(&mut self, now: Instant, start: Start) {
        let (id, is_whole) = (start.id, screen::is_whole(&start));
        let until = now + self.timing.full_sdp;
        let Some(dial) = self.dialing() else { return };
        let old = std::mem::replace(&mut dial.leg, id);
        dial.offer = start.sdp;
        let is_ringing = dial.is_ringing;
        dial.gathering = (!is_whole).then_some(until);
        self.end_leg(now, old, EndReason::Replaced, None);
        self.send(id, Call::Alive(CallRef { id, gcid: None }));
        if is_ringing {
            self.send(id, Call::Ringing(Ringing { id, gcid: None, account: None }));
        }
        if is_whole {
            self.offer_caller(now, true);
        }
    }

    pub(super) fn on_dial_full_sdp(&mut self, now: Instant, sdp: String) {
        let Some(dial) = self.dialing() else { return };
        if dial.gathering.is_some() {
            let fresh = dial.phone.is_some();
            dial.offer = Some(sdp);
            self.offer_caller(now, fresh);
        }
    }

    pub(super) fn on_dial_timeout(&mut self, now: Instant) {
        let Some(dial) = self.dialing() else { return };
        if dial.ring_until <= now {
            return self.end_all(now, EndReason::NoAnswer, None);
        }
        if dial.gathering.is_some_and(|until| until <= now) {
            let fresh = dial.phone.is_some();
            self.offer_caller(now, fresh);
        }
    }

    /// Events of the bridge while the browser calls.
    pub(super) fn on_dial_media(&mut self, now: Instant, job: Job, event: MediaEvent) {
        let Some(dial) = self.dialing() else { return };
        match (job, event) {
            (Job::CallerOffer(serial), MediaEvent::Offered { audio, video, .. }) if dial.accepting == Some(serial) => {
                dial.kinds = Some(Kinds { audio, video });
                dial.accepting = None;
                match dial.described {
                    None => self.describe_first(now, Kinds { audio, video }),
                    Some(_) => self.accept_caller(now),
                }
            }
            (Job::CallerOffer(serial), MediaEvent::Refused { detail, .. }) if dial.accepting == Some(serial) => {
                self.end_all(now, EndReason::NotAcceptable, Some(detail));
            }
            (Job::FirstOffer(_), MediaEvent::Offer { sdp, .. }) => {
                dial.described = Some(sdp);
                self.invite_dialled();
            }
            (Job::FirstOffer(_), MediaEvent::Refused { detail, .. }) => {
                self.end_all(now, EndReason::MediaFailed, Some(detail));
            }
            (Job::FirstAnswer(serial), event) => self.on_first_answer(now, serial, event),
            (Job::CallerAnswer(serial), MediaEvent::Answer { sdp, .. }) if dial.accepting == Some(serial) => {
                dial.accepting = None;
                dial.answer = Some(sdp);
                self.answer_caller(now);
            }
            (Job::CallerAnswer(serial), MediaEvent::Refused { detail, .. }) if dial.accepting == Some(serial) => {
                self.end_all(now, EndReason::NotAcceptable, Some(detail));
            }
            (Job::EarlyOffer(offer), event) => self.on_early_offer(now, offer, &event),
            (Job::EarlyAnswer(offer), event) => self.on_early_answer(now, &offer, event),
            _ => {}
        }
    }

    fn describe_first(&mut self, now: Instant, kinds: Kinds) {
        let serial = self.next();
        let Kinds { audio, video } = kinds;
        if let Some(dial) = self.dialing() {
            dial.told = kinds;
        }
        let command = MediaCommand::Describe { side: Side::Phone, audio, video, fresh: false };
        self.ask_media(now, Side::Phone, Job::FirstOffer(serial), command);
    }

    fn invite_dialled(&mut self) {
        let Some(dial) = self.dialing() else { return };
        let (Some(sdp), target) = (dial.described.clone(), dial.target.clone()) else { return };
        let id = self.invite(&target, sdp, &Headers::new());
        if let Some(dial) = self.dialing() {
            dial.phone = Some(id);
        }
    }

    /// What the INVITE brought about.
    pub(super) fn on_dialled(&mut self, now: Instant, id: u64, event: OutgoingEvent) {
        match event {
            // An INVITE of ours offers, so nothing in a 1xx is to be answered.
            OutgoingEvent::Progress { tag, status, description, owed: _ } => {
                self.on_progress(now, id, &tag, status);
                if let Some(sdp) = description {
                    if let Some(phone) = self.phone(id) {
                        phone.early_description(&tag, sdp.clone(), false);
                    }
                    self.apply(now, sdp);
                }
            }
            OutgoingEvent::EarlyOffer { tag, description } => self.early_offer(now, id, tag, description),
            OutgoingEvent::Answered(answered) => self.on_answered(now, id, *answered),
            OutgoingEvent::Failed { status, response } => self.on_failed(now, status, response.as_deref()),
            // Taken before.
            OutgoingEvent::Challenged(_) | OutgoingEvent::Redirected(_) => {}
        }
    }

    fn on_progress(&mut self, _: Instant, id: u64, tag: &str, status: Status) {
        if let Some(phone) = self.phone(id) {
            phone.early_dialog(tag);
        }
        let Some(dial) = self.dialing() else { return };
        let leg = dial.leg;
        if status == Status::RINGING && !std::mem::replace(&mut dial.is_ringing, true) {
            self.send(leg, Call::Ringing(Ringing { id: leg, gcid: None, account: None }));
        }
    }

    /// The phone's answer, maybe an early one: the last counts.
    fn apply(&mut self, now: Instant, sdp: Vec<u8>) -> Option<u64> {
        let serial = self.next();
        let dial = self.dialing()?;
        if let Some((under_way, _)) = dial.applied.as_ref().filter(|(_, applied)| *applied == sdp) {
            return Some(*under_way);
        }
        let text = String::from_utf8_lossy(&sdp).into_owned();
        dial.applied = Some((serial, sdp));
        let command = MediaCommand::Answered { side: Side::Phone, sdp: text };
        self.ask_media(now, Side::Phone, Job::FirstAnswer(serial), command);
        Some(serial)
    }

    /// An offer of the phone's took the place of its answer.
    pub(super) fn early_offer_applied(&mut self, offer: &str, telephone_event: bool) {
        let serial = self.next();
        if let Some(dial) = self.dialing() {
            (dial.applied, dial.in_force) = (Some((serial, offer.as_bytes().to_vec())), Some(serial));
            dial.rfc4733 = telephone_event;
        }
    }

    fn on_first_answer(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let Some(dial) = self.dialing() else { return };
        let is_last = dial.answered == Some(serial);
        match event {
            MediaEvent::Applied { audio, video, telephone_event, .. } => {
                (dial.heard, dial.rfc4733) = (Kinds { audio, video }, telephone_event);
                dial.in_force = Some(serial);
                dial.is_ready |= is_last;
                self.accept_caller(now);
            }
            // An early answer that cannot be used is no reason to end the call.
            MediaEvent::Refused { detail, .. } if is_last => {
                self.end_all(now, EndReason::NotAcceptable, Some(detail));
            }
            // Said once more with the answer, it counts.
            MediaEvent::Refused { .. } => drop(dial.applied.take_if(|(applied, _)| *applied == serial)),
            _ => {}
        }
    }

    /// The phone's codec is known: the browser may have its answer.
    fn accept_caller(&mut self, now: Instant) {
        let serial = self.next();
        let Some(dial) = self.dialing() else { return };
        if dial.answer.is_some() {
            return self.answer_caller(now);
        }
        if dial.in_force.is_some() && dial.kinds.is_some() && dial.accepting.is_none() {
            dial.accepting = Some(serial);
            let command = MediaCommand::Accept { side: Side::Browser };
            self.ask_media(now, Side::Browser, Job::CallerAnswer(serial), command);
        }
    }

    /// `call.progress`, or `call.accept` once somebody has answered.
    fn answer_caller(&mut self, now: Instant) {
        let until = now + self.timing.ack_accept;
        let Some(dial) = self.dialing() else { return };
        let (leg, Some(sdp), Some(kinds), Some(phone)) = (dial.leg, dial.answer.clone(), dial.kinds, dial.phone) else {
            return;
        };
        if !dial.is_ready {
            if dial.answered.is_none() {
                self.send(leg, Call::Progress(Described { id: leg, gcid: None, sdp }));
            }
            return;
        }
        let (heard, told, rfc4733) = (dial.heard, dial.told, dial.rfc4733);
        // A page that was reloaded may speak again; its picture is not the phone's business.
        let wanted = Kinds { audio: kinds.audio, video: told.video };
        let Some(Ok(())) = self.leg(leg).map(|leg| leg.dialog.accept(Party::Engine, until)) else { return };
        self.send(leg, Call::Accept(Accept { id: leg, gcid: None, account: None, trickle: false, sdp: Some(sdp) }));
        let talk = Talk::new(leg, phone, wanted, told, rfc4733);
        self.stage = Stage::Talking(Box::new(Talk { alive: Alive::new(heard.audio), ..talk }));
        self.output(Output::Answered { leg });
        if super::media::sends(told.audio) {
            self.set_held(!receives(heard.audio));
        }
    }

    /// A 2xx; its ACK is on its way.
    fn on_answered(&mut self, now: Instant, id: u64, mut answered: Answered) {
        let tag = answered.dialog.id().remote_tag.clone();
        let had_agreed = answered.negotiation.has_agreed() && answered.description.is_none();
        let line = self.line.clone();
        let Some(phone) = self.phone(id) else { return };
        phone.early_dialog(&tag);
        let said = phone.answer_of(&tag, answered.description.take());
        if said.is_some() && !had_agreed {
            // Some answer in a 183 that is not reliable, and never again.
            let _ = answered.negotiation.receive_answer();
        }
        if let Ok(mut addresses) = answered.response.headers.contacts().map(|_| Vec::from([phone.remote.clone()])) {
            phone.remote = addresses.remove(0);
        }
        let allows = allows_update(&answered.response.headers);
        phone.talk(now, &line, (answered.dialog, answered.negotiation, answered.timer), allows);
        let Some(sdp) = said else {
            return self.end_all(now, EndReason::NotAcceptable, Some("the phone answered without media".into()));
        };
        let serial = self.apply(now, sdp);
        let Some(dial) = self.dialing() else { return };
        dial.answered = serial;
        dial.is_ready |= serial.is_some() && dial.in_force == serial;
        self.tell_answerer(&answered.response);
        self.accept_caller(now);
    }

    /// Who answered, where the network says that somebody else did.
    fn tell_answerer(&mut self, response: &Response) {
        let asserted = response.headers.asserted_identities().unwrap_or_default();
        if let Some(address) = asserted.first().filter(|_| self.line.trust_identity) {
            let peer = identity::peer(address);
            self.tell_info(|info| info.peer = Some(peer));
        }
    }

    fn on_failed(&mut self, now: Instant, status: Status, response: Option<&Response>) {
        let mut detail = reasons::detail(status, response);
        if (300..400).contains(&status.code()) {
            detail += ": nobody it names may be called";
        }
        self.end_all(now, reasons::of_failure(status, response), Some(detail));
    }

    /// What the caller sends before the answer is of no use but to end.
    pub(super) fn not_answered() -> Error {
        Error::new(signal::Code::WrongState, "id: an answered call expected")
    }
}
