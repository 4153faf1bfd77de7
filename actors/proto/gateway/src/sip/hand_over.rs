//! Calls that the other side hands on: the phone's REFER as a second INVITE of ours, and an INVITE of somebody who takes
//! the phone's place (RFC 3515, RFC 3891).
//!
//! The browser's leg stays what it is; only the phone's side of the bridge is swapped, when the new dialog is
//! answered. Until then, and if that fails, the old one stays.

use std::time::Instant;

use sdp::Direction;
use signal::EndReason;
use sip::invite::{Answered, EndedBy, OutgoingEvent};
use sip::message::{Headers, Method, Reason, Request, Response, Status, Uri, name};
use sip::refer::{Progress, Referral};
use sip::transaction::ServerKey;

use super::alive::Alive;
use super::call::SipCall;
use super::io::{AskedBy, MediaCommand, MediaEvent, Output, Side};
use super::keys::Keys;
use super::media::{Job, Kinds, receives};
use super::phone::{Phone, Usage, allows_update};
use super::talk::ended_by;
use super::{identity, reasons};

/// The phone's REFER, until it is known whether it is followed.
#[derive(Debug)]
pub(super) struct Asked {
    question: u64,
    key: ServerKey,
    taken: Response,
    declined: Response,
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
    /// What it is told of what the browser wants.
    told: Kinds,
    /// What it says of its audio.
    audio: Direction,
    /// The bridge knows of it, and is to forget it if it fails.
    is_with_bridge: bool,
    pub until: Instant,
}

impl SipCall {
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
        let answer = |status| {
            let mut response = request.response(status, None);
            response.headers.push(name::CONTACT, &contact);
            response
        };
        match (talk, referral) {
            (_, Err(status)) => self.respond(key, answer(status)),
            (Some(talk), Ok(referral)) if is_free => {
                let (target, replaces) = (referral.target.to_string(), referral.replaces.is_some());
                talk.handover = Some(Handover {
                    serial,
                    phone: None,
                    asker: Some((id, number)),
                    told: talk.wanted,
                    referral: Some(referral),
                    audio: Direction::SendRecv,
                    is_with_bridge: false,
                    until,
                });
                let (taken, declined) = (answer(Status::ACCEPTED), answer(Status::DECLINE));
                self.asked = Some(Asked { question: serial, key, taken, declined });
                self.output(Output::AskTarget { question: serial, by: AskedBy::Referral { replaces }, target });
            }
            (_, Ok(_)) => self.respond(key, answer(Status::REQUEST_PENDING)),
        }
    }

    /// Answers the REFER that was asked about (RFC 3515 section 2.4.2).
    fn answer_refer(&mut self, question: u64, is_taken: bool) {
        if let Some(asked) = self.asked.take_if(|asked| asked.question == question) {
            self.respond(asked.key, if is_taken { asked.taken } else { asked.declined });
        }
    }

    /// The call is over before it was known whether the REFER is followed.
    pub(super) fn decline_refer(&mut self) {
        if let Some(asked) = self.asked.take() {
            self.respond(asked.key, asked.declined);
        }
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

    /// Whether the phone may be followed; `false`: that was not asked.
    pub(super) fn on_handover_target(&mut self, now: Instant, question: u64, uri: Option<Uri>) -> bool {
        self.answer_refer(question, uri.is_some());
        let Some(talk) = self.talk() else { return false };
        let wanted = talk.wanted;
        let Some(handover) = talk.handover.as_mut().filter(|handover| handover.serial == question) else {
            return false;
        };
        let Some(uri) = uri else {
            // Who asked knows it already, and hears no news.
            handover.asker = None;
            self.handover_failed(now, Status::DECLINE);
            return true;
        };
        handover.told = wanted;
        if let Some(referral) = &mut handover.referral {
            referral.target = uri;
        }
        let command =
            MediaCommand::Describe { side: Side::Phone, audio: wanted.audio, video: wanted.video, fresh: true };
        self.notify(Status::TRYING, false);
        self.ask_swap(now, question, command);
        true
    }

    /// The first the bridge hears of it.
    fn ask_swap(&mut self, now: Instant, serial: u64, command: MediaCommand) {
        if let Some(handover) = self.handover(serial) {
            handover.is_with_bridge = true;
        }
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
            (MediaEvent::Offered { audio, .. }, _, _) => {
                if let Some(talk) = self.talk()
                    && let Some(handover) = &mut talk.handover
                {
                    (handover.told, handover.audio) = (talk.wanted, audio);
                }
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
        let Some(handover) = self.handover(serial) else { return };
        let Some(id) = handover.phone else { return };
        match event {
            MediaEvent::Applied { audio, telephone_event, .. } => {
                handover.audio = audio;
                self.swap(now, id, telephone_event);
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
        talk.handed = None;
        let Some(Handover { told, audio, .. }) = talk.handover.take() else { return };
        // What the browser has wanted since is told by an offer of its own.
        (talk.told, talk.alive) = (told, Alive::new(audio));
        let old = talk.phone.replace(id);
        (talk.rfc4733, talk.ours, talk.theirs) = (rfc4733, None, None);
        (talk.retry_at, talk.insists_until) = (None, None);
        talk.keys = Keys::default();
        if let Some(old) = old {
            self.bye(now, old, EndReason::Replaced);
        }
        self.set_held(!receives(audio));
        let trusts = self.line.trust_identity;
        let Some(phone) = self.phone(id) else { return };
        let peer = match &phone.usage {
            Usage::Called(call) => identity::caller(call.request(), trusts),
            Usage::Calling(_) | Usage::Talking(_) | Usage::Over => identity::peer(&phone.remote),
        };
        self.tell_info(|info| info.peer = Some(peer));
    }

    /// Whether that dialog is to take the place of the phone's.
    pub(super) fn is_handover(&mut self, id: u64) -> bool {
        self.talk().is_some_and(|talk| talk.handover.as_ref().is_some_and(|own| own.phone == Some(id)))
    }

    /// An INVITE with Replaces that is taken back before it is answered replaces nothing (RFC 3891 section 3).
    pub(super) fn on_handover_cancelled(&mut self, now: Instant, id: u64) {
        if self.is_handover(id) {
            self.handover_failed(now, Status::REQUEST_TERMINATED);
        }
    }

    /// Who answered in the phone's place is gone before the bridge has swapped both.
    pub(super) fn on_handover_left(&mut self, now: Instant, id: u64, by: EndedBy, said: &[Reason]) {
        let reason = if by == EndedBy::Remote { reasons::of_bye(said) } else { ended_by(by) };
        if self.is_handover(id) {
            let detail = "the call was transferred to somebody who left at once";
            self.end_handover(now, Status::REQUEST_TERMINATED, reason, detail);
        }
    }

    fn handover_failed(&mut self, now: Instant, status: Status) {
        let detail = "the call was transferred, and nobody took it";
        self.end_handover(now, status, reasons::of_status(status), detail);
    }

    /// The old dialog stays, with its media; if it is gone, the call is. `status`: for who asked for it.
    fn end_handover(&mut self, now: Instant, status: Status, reason: EndReason, detail: &str) {
        self.notify(status, true);
        let Some(talk) = self.talk() else { return };
        let Some(handover) = talk.handover.take() else { return };
        let is_left = talk.phone.is_some();
        if handover.is_with_bridge {
            self.command(MediaCommand::Rollback { side: Side::Phone });
        }
        if let Some(id) = handover.phone {
            self.bye(now, id, reason);
        }
        if !is_left {
            self.end_all(now, reason, Some(detail.to_owned()));
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
        // An answer that is under way would be taken for that of the new dialog.
        let is_free =
            self.talk().is_some_and(|talk| talk.handover.is_none() && talk.ours.is_none() && talk.theirs.is_none());
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
        let handover = Handover {
            serial,
            phone: Some(phone),
            asker: None,
            referral: None,
            told: wanted,
            audio: Direction::SendRecv,
            is_with_bridge: false,
            until,
        };
        talk.handover = Some(handover);
        let command = match sdp.map(String::from_utf8) {
            Some(Ok(sdp)) => MediaCommand::Offered { side: Side::Phone, sdp, fresh: true },
            Some(Err(_)) => return self.handover_failed(now, Status::NOT_ACCEPTABLE_HERE),
            None => MediaCommand::Describe { side: Side::Phone, audio: wanted.audio, video: wanted.video, fresh: true },
        };
        self.ask_swap(now, serial, command);
    }

    pub(super) fn on_handover_timeout(&mut self, now: Instant) {
        let is_due = |handover: &Handover| handover.until <= now;
        if self.talk().is_some_and(|talk| talk.handover.as_ref().is_some_and(is_due)) {
            self.handover_failed(now, Status::REQUEST_TIMEOUT);
        }
    }
}
