//! Calls handed on: the browser's `call.transfer` as a REFER, the phone's REFER as a second INVITE of ours, and an
//! INVITE of somebody who takes the phone's place (RFC 3515, RFC 3891).
//!
//! The browser's leg stays what it is; only the phone's side of the bridge is swapped, when the new dialog is
//! answered. Until then, and if that fails, the old one stays.

use std::time::Instant;

use signal::call::{Call, Transfer, TransferState};
use signal::{CallId, Code, EndReason, Error};
use sip::invite::{Answered, OutgoingEvent};
use sip::message::{Headers, Method, NameAddr, Replaces, Request, Response, Status, Uri, name};
use sip::refer::{self, Progress, Referral};
use sip::transaction::ServerKey;

use super::call::{SipCall, Stage};
use super::io::{MediaCommand, MediaEvent, Output, Side};
use super::keys::Keys;
use super::media::{Job, receives};
use super::phone::{Phone, Usage, allows_update};
use super::{identity, reasons};

/// The browser's own transfer.
#[derive(Debug)]
pub(super) struct Handed {
    question: u64,
    /// Once the REFER is out.
    refer: Option<refer::Transfer>,
}

impl Handed {
    pub fn deadline(&self) -> Option<Instant> {
        self.refer.as_ref().and_then(refer::Transfer::wake)
    }
}

/// Another dialog is to take the place of the phone's.
#[derive(Debug)]
pub(super) struct Handover {
    serial: u64,
    /// The new one, once it exists.
    pub phone: Option<u64>,
    /// Who asked for it by REFER, and the number of that.
    asker: Option<(u64, u32)>,
    referral: Option<Referral>,
    pub until: Instant,
}

impl SipCall {
    /// The far end and the dialog's name, as another call's REFER names them (RFC 3891 section 3: the tags are those
    /// of who is asked).
    pub fn replaces(&self) -> Option<(Uri, Replaces)> {
        let Stage::Talking(talk) = &self.stage else { return None };
        let phone = self.phones.iter().find(|phone| Some(phone.id) == talk.phone)?;
        let Usage::Talking(session) = &phone.usage else { return None };
        let id = session.dialog().id().clone();
        let replaces =
            Replaces { call_id: id.call_id, to_tag: id.remote_tag, from_tag: id.local_tag, early_only: false };
        Some((phone.remote.uri.clone(), replaces))
    }

    /// `call.transfer`
    pub(super) fn on_transfer(&mut self, id: CallId, body: Transfer) -> Result<(), Error> {
        self.known(id)?.dialog.established()?;
        let question = self.next();
        let Some(talk) = self.talk() else { return Err(SipCall::not_answered()) };
        if talk.handed.is_some() || talk.handover.is_some() {
            return Err(Error::new(Code::WrongState, "id: a call that is not being transferred expected"));
        }
        talk.handed = Some(Handed { question, refer: None });
        match (body.target, body.replaces) {
            (Some(target), _) => self.output(Output::AskTarget { question, target }),
            (None, Some(call)) => self.output(Output::AskReplaces { question, call }),
            (None, None) => return Err(Error::field("target", "either target or replaces")),
        }
        Ok(())
    }

    pub(super) fn on_target(&mut self, now: Instant, question: u64, uri: Option<Uri>) {
        if self.on_redirect_target(question, uri.clone()) {
            return;
        }
        let Some(talk) = self.talk() else { return };
        if talk.handed.as_ref().is_some_and(|handed| handed.question == question) {
            return self.refer(now, uri.map(|target| (target, None)));
        }
        if talk.handover.as_ref().is_some_and(|handover| handover.serial == question) {
            self.on_handover_target(now, uri);
        }
    }

    pub(super) fn on_other_call(&mut self, now: Instant, question: u64, other: Option<(Uri, Replaces)>) {
        let is_ours = |handed: &Handed| handed.question == question && handed.refer.is_none();
        if self.talk().is_some_and(|talk| talk.handed.as_ref().is_some_and(is_ours)) {
            self.refer(now, other.map(|(target, replaces)| (target, Some(replaces))));
        }
    }

    /// Sends the REFER; `None`: it is not allowed.
    fn refer(&mut self, now: Instant, target: Option<(Uri, Option<Replaces>)>) {
        let Some((target, replaces)) = target else { return self.transfer_failed(EndReason::Forbidden) };
        let referred_by = Some(NameAddr::new(self.line.address_of_record.clone()));
        let headers = Referral { target, replaces, referred_by }.headers();
        let Some(talk) = self.talk() else { return };
        if let Some(handed) = &mut talk.handed {
            handed.refer = Some(refer::Transfer::new(now));
        }
        let id = talk.phone;
        match id.and_then(|id| self.phone(id)).and_then(Phone::session) {
            Some(session) => {
                session.send(Method::Refer, &headers, None);
                self.transfer_state("trying", None);
            }
            None => self.transfer_failed(EndReason::Unavailable),
        }
    }

    fn transfer_state(&mut self, state: &str, reason: Option<EndReason>) {
        let Some(id) = self.talk().map(|talk| talk.leg) else { return };
        self.send(id, Call::TransferState(TransferState { id, gcid: None, state: state.to_owned(), reason }));
    }

    fn transfer_failed(&mut self, reason: EndReason) {
        if let Some(talk) = self.talk() {
            talk.handed = None;
        }
        self.transfer_state("failed", Some(reason));
    }

    fn handed(&mut self) -> Option<&mut refer::Transfer> {
        self.talk()?.handed.as_mut()?.refer.as_mut()
    }

    /// A final response to a request that is no offer.
    pub(super) fn on_session_response(&mut self, now: Instant, id: u64, response: &Response) {
        let Ok(cseq) = response.cseq() else { return };
        if cseq.method == Method::Options
            && let Some(talk) = self.talk()
        {
            talk.is_checked = false;
        }
        if cseq.method == Method::Info && self.is_main(id) {
            self.on_key_told(now, response);
        }
        if cseq.method == Method::Refer && self.is_main(id) {
            let outcome = self.handed().and_then(|transfer| transfer.on_response(now, response.status()));
            self.transferred(now, outcome);
        }
    }

    /// News of the call the phone was asked to make.
    pub(super) fn on_notify(&mut self, now: Instant, id: u64, request: &Request) -> Status {
        let progress = match Progress::of_notify(request) {
            Ok(progress) => progress,
            Err(status) => return status,
        };
        if !self.is_main(id) {
            return Status::CALL_DOES_NOT_EXIST;
        }
        let Some(transfer) = self.handed() else { return Status::CALL_DOES_NOT_EXIST };
        let outcome = transfer.on_progress(now, progress);
        let rings = progress.status.is_provisional() && progress.status != Status::TRYING;
        if outcome.is_none() && rings {
            self.transfer_state("ringing", None);
        }
        self.transferred(now, outcome);
        Status::OK
    }

    fn transferred(&mut self, now: Instant, outcome: Option<Status>) {
        match outcome {
            Some(status) if status.is_success() => {
                self.transfer_state("accepted", None);
                self.end_all(now, EndReason::Transferred, None);
            }
            // The subscription ended without news of the end.
            Some(status) if status.is_provisional() => self.transfer_failed(EndReason::Unavailable),
            Some(status) => self.transfer_failed(reasons::of_status(status)),
            None => {}
        }
    }

    /// The phone's REFER.
    pub(super) fn on_refer(&mut self, now: Instant, id: u64, key: ServerKey, request: &Request) {
        let (serial, until) = (self.next(), now + self.line.ring_timeout);
        let referral = Referral::of_request(request);
        let number = request.cseq().map_or(0, |cseq| cseq.number);
        let is_main = self.is_main(id);
        let contact = self.line.contact.clone();
        let talk = self.talk().filter(|_| is_main);
        let is_free = talk.as_ref().is_some_and(|talk| {
            talk.handover.is_none() && talk.handed.is_none() && talk.ours.is_none() && talk.theirs.is_none()
        });
        let status = match (&referral, is_free) {
            (Err(status), _) => *status,
            (Ok(_), false) => Status::REQUEST_PENDING,
            (Ok(_), true) => Status::ACCEPTED,
        };
        let mut response = request.response(status, None);
        response.headers.push(name::CONTACT, contact);
        if let (Some(talk), Ok(referral), true) = (talk, referral, is_free) {
            let target = referral.target.to_string();
            let asker = Some((id, number));
            talk.handover = Some(Handover { serial, phone: None, asker, referral: Some(referral), until });
            self.respond(key, response);
            self.notify(Status::TRYING, false);
            return self.output(Output::AskTarget { question: serial, target });
        }
        self.respond(key, response);
    }

    /// Tells who asked how it goes.
    fn notify(&mut self, status: Status, is_last: bool) {
        let asker = self.talk().and_then(|talk| talk.handover.as_ref()?.asker);
        let Some((id, number)) = asker else { return };
        if let Some(session) = self.phone(id).and_then(Phone::session) {
            let (headers, body) = Progress { status, is_last }.notification(number);
            session.send(Method::Notify, &headers, Some(body));
        }
    }

    fn on_handover_target(&mut self, now: Instant, uri: Option<Uri>) {
        let Some(uri) = uri else { return self.handover_failed(now, Status::FORBIDDEN) };
        let Some(talk) = self.talk() else { return };
        let wanted = talk.wanted;
        let Some(handover) = &mut talk.handover else { return };
        if let Some(referral) = &mut handover.referral {
            referral.target = uri;
        }
        let serial = handover.serial;
        let command =
            MediaCommand::Describe { side: Side::Phone, audio: wanted.audio, video: wanted.video, fresh: true };
        self.ask_media(now, Side::Phone, Job::Swap(serial), command);
    }

    fn handover(&mut self, serial: u64) -> Option<&mut Handover> {
        self.talk()?.handover.as_mut().filter(|handover| handover.serial == serial)
    }

    pub(super) fn on_swap_media(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let Some(handover) = self.handover(serial) else { return };
        let (phone, referral) = (handover.phone, handover.referral.clone());
        match (event, phone, referral) {
            (MediaEvent::Offer { sdp, .. }, None, Some(referral)) => {
                let mut more = Headers::new();
                more.extend(&name::REPLACES, &referral.replaces);
                more.extend(&name::REFERRED_BY, &referral.referred_by);
                let id = self.invite(&referral.target, sdp, &more);
                if let Some(handover) = self.handover(serial) {
                    handover.phone = Some(id);
                }
            }
            (MediaEvent::Offer { sdp, .. }, Some(id), _) => self.accept_replacing(now, id, sdp, false),
            (MediaEvent::Offered { .. }, _, _) => {
                let command = MediaCommand::Accept { side: Side::Phone };
                self.ask_media(now, Side::Phone, Job::SwapAnswer(serial), command);
            }
            _ => self.handover_failed(now, Status::NOT_ACCEPTABLE_HERE),
        }
    }

    /// What the INVITE of a handover brought about.
    pub(super) fn on_handover(&mut self, now: Instant, id: u64, event: OutgoingEvent) {
        match event {
            OutgoingEvent::Progress { tag, status, .. } => {
                if let Some(phone) = self.phone(id) {
                    phone.early_dialog(&tag);
                }
                self.notify(status, false);
            }
            OutgoingEvent::Answered(answered) => self.on_handover_answered(now, id, *answered),
            OutgoingEvent::Failed { status, .. } => self.handover_failed(now, status),
            OutgoingEvent::EarlyOffer { tag, .. } => {
                if let Some(call) = self.phone(id).and_then(Phone::calling) {
                    call.answer_update(&tag, None);
                }
            }
            // Taken before.
            OutgoingEvent::Challenged(_) | OutgoingEvent::Redirected(_) => {}
        }
    }

    fn on_handover_answered(&mut self, now: Instant, id: u64, mut answered: Answered) {
        let line = self.line.clone();
        let Some(phone) = self.phone(id) else { return };
        let sdp = answered.description.take();
        let allows = allows_update(&answered.response.headers);
        phone.talk(now, &line, (answered.dialog, answered.negotiation, answered.timer), allows);
        let serial = self.talk().and_then(|talk| talk.handover.as_ref()).map(|handover| handover.serial);
        match (sdp.map(String::from_utf8), serial) {
            (Some(Ok(sdp)), Some(serial)) => {
                let command = MediaCommand::Answered { side: Side::Phone, sdp };
                self.ask_media(now, Side::Phone, Job::SwapAnswer(serial), command);
            }
            _ => self.handover_failed(now, Status::NOT_ACCEPTABLE_HERE),
        }
    }

    pub(super) fn on_swap_answered(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let Some(id) = self.handover(serial).and_then(|handover| handover.phone) else { return };
        match event {
            MediaEvent::Applied { audio, telephone_event, .. } => {
                self.swap(now, id, telephone_event);
                self.set_held(!receives(audio));
            }
            MediaEvent::Answer { sdp, telephone_event, .. } => self.accept_replacing(now, id, sdp, telephone_event),
            _ => self.handover_failed(now, Status::NOT_ACCEPTABLE_HERE),
        }
    }

    /// The 200 to an INVITE with Replaces.
    fn accept_replacing(&mut self, now: Instant, id: u64, sdp: String, rfc4733: bool) {
        let Some(phone) = self.phone(id) else { return };
        phone.said = Some(sdp.clone().into_bytes());
        if let Some(call) = phone.called() {
            call.accept(now, Some(sdp.into_bytes()));
        }
        self.swap(now, id, rfc4733);
    }

    /// The new dialog is the phone's; the old one is ended.
    fn swap(&mut self, now: Instant, id: u64, rfc4733: bool) {
        self.notify(Status::OK, true);
        let Some(talk) = self.talk() else { return };
        (talk.handover, talk.handed) = (None, None);
        let old = talk.phone.replace(id);
        (talk.told, talk.rfc4733, talk.ours, talk.theirs) = (talk.wanted, rfc4733, None, None);
        (talk.retry_at, talk.insists_until, talk.is_checked) = (None, None, false);
        talk.keys = Keys::default();
        if let Some(old) = old {
            self.bye(now, old, EndReason::Replaced);
        }
        self.set_held(false);
        let trusts = self.line.trust_identity;
        let Some(phone) = self.phone(id) else { return };
        let peer = match &phone.usage {
            Usage::Called(call) => identity::caller(call.request(), trusts),
            Usage::Calling(_) | Usage::Talking(_) | Usage::Over => identity::peer(&phone.remote),
        };
        self.tell_info(|info| info.peer = Some(peer));
    }

    /// The old dialog stays; if it is gone, the call is.
    fn handover_failed(&mut self, now: Instant, status: Status) {
        self.notify(status, true);
        let Some(talk) = self.talk() else { return };
        let Some(handover) = talk.handover.take() else { return };
        let is_left = talk.phone.is_some();
        self.command(MediaCommand::Rollback { side: Side::Phone });
        let reason = reasons::of_status(status);
        if let Some(id) = handover.phone {
            self.bye(now, id, reason);
        }
        if !is_left {
            self.end_all(now, reason, Some("the call was transferred, and nobody took it".into()));
        }
    }

    /// An INVITE that takes the place of the phone's dialog.
    pub(super) fn on_replacing(&mut self, now: Instant, key: ServerKey, request: Request) {
        let (serial, until) = (self.next(), now + self.line.ring_timeout);
        let replaces = request.headers.replaces().ok().flatten();
        let id = self.talk().and_then(|talk| talk.phone);
        let is_it = id.and_then(|id| self.phone(id)).is_some_and(|phone| {
            let Usage::Talking(session) = &phone.usage else { return false };
            replaces.as_ref().is_some_and(|replaces| session.dialog().id().is_replaced_by(replaces))
        });
        let early_only = replaces.is_some_and(|replaces| replaces.early_only);
        let is_free = self.talk().is_some_and(|talk| talk.handover.is_none());
        let status = match (is_it, early_only, is_free) {
            (false, _, _) => Some(Status::CALL_DOES_NOT_EXIST),
            (true, true, _) => Some(Status::BUSY_HERE),
            (true, false, false) => Some(Status::REQUEST_PENDING),
            (true, false, true) => None,
        };
        if let Some(status) = status {
            let tag = format!("{:016x}", self.random.u64(..));
            return self.respond(key, reasons::refusal(&request, status, &tag));
        }
        let Some(phone) = self.called(key, request) else { return };
        let sdp = self.phone(phone).and_then(Phone::called).and_then(|call| call.offer().map(<[u8]>::to_vec));
        let Some(talk) = self.talk() else { return };
        let wanted = talk.wanted;
        let handover = Handover { serial, phone: Some(phone), asker: None, referral: None, until };
        talk.handover = Some(handover);
        let command = match sdp.map(String::from_utf8) {
            Some(Ok(sdp)) => MediaCommand::Offered { side: Side::Phone, sdp, fresh: true },
            Some(Err(_)) => return self.handover_failed(now, Status::NOT_ACCEPTABLE_HERE),
            None => MediaCommand::Describe { side: Side::Phone, audio: wanted.audio, video: wanted.video, fresh: true },
        };
        self.ask_media(now, Side::Phone, Job::Swap(serial), command);
    }

    pub(super) fn on_transfer_timeout(&mut self, now: Instant) {
        let outcome = self.handed().and_then(|transfer| transfer.on_wake(now));
        self.transferred(now, outcome);
        let is_due = |handover: &Handover| handover.until <= now;
        if self.talk().is_some_and(|talk| talk.handover.as_ref().is_some_and(is_due)) {
            self.handover_failed(now, Status::REQUEST_TIMEOUT);
        }
    }
}
