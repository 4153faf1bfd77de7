//! The answered call, and what the SIP usages tell.

use std::time::Instant;

use signal::call::{Call, Info};
use signal::{CallId, EndReason};
use sip::dtmf::Press;
use sip::invite::{Action, EndedBy, Incoming, IncomingEvent, OutgoingEvent, SessionEvent};
use sip::message::{Method, Request, Status, name};
use sip::transaction::ServerKey;

use super::alive::Alive;
use super::call::{SipCall, Stage};
use super::change::Browser;
use super::hand_over::Handover;
use super::io::{Output, SipOutput};
use super::keys::{Keys, Way};
use super::media::Kinds;
use super::offer::Theirs;
use super::phone::{Sent, Usage};
use super::reasons;
use super::transfer::Handed;

/// Bodies that are understood within a call.
const ACCEPT: &str = "application/sdp, application/dtmf-relay, application/dtmf, message/sipfrag";

/// An answered call. The two sides negotiate each on its own: `browser` and `ours`/`theirs` say how far; see the
/// decisions in the module's documentation.
#[derive(Debug)]
pub(super) struct Talk {
    pub leg: CallId,
    /// The usage that is in the call; gone while a transfer that was asked for is still being made.
    pub phone: Option<u64>,
    /// What the browser said last that is in force.
    pub wanted: Kinds,
    /// What of it the phone has been told, or refused to hear.
    pub told: Kinds,
    /// Whether the phone holds us.
    pub held: bool,
    /// Whether keys can go to the phone as RFC 4733.
    pub rfc4733: bool,
    pub keys: Keys,
    pub browser: Browser,
    /// Our offer to the phone: its serial, and what it tells.
    pub ours: Option<(u64, Kinds)>,
    /// An offer of the phone's.
    pub theirs: Option<Theirs>,
    /// Not before; after a 491.
    pub retry_at: Option<Instant>,
    /// Since the phone puts our offer off: until when that is borne.
    pub insists_until: Option<Instant>,
    /// The browser's own transfer.
    pub handed: Option<Handed>,
    /// The phone asked us to call somebody else, or somebody took its place.
    pub handover: Option<Handover>,
    /// Whether the phone is still there.
    pub alive: Alive,
    /// The browser's media path is down: until when that is borne.
    pub media_until: Option<Instant>,
}

impl Talk {
    pub fn new(leg: CallId, phone: u64, wanted: Kinds, told: Kinds, rfc4733: bool) -> Talk {
        Talk {
            leg,
            phone: Some(phone),
            wanted,
            told,
            held: false,
            rfc4733,
            keys: Keys::default(),
            browser: Browser::Idle,
            ours: None,
            theirs: None,
            retry_at: None,
            insists_until: None,
            handed: None,
            handover: None,
            alive: Alive::default(),
            media_until: None,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        let theirs = self.theirs.as_ref().and_then(|theirs| theirs.until);
        let handed = self.handed.as_ref().and_then(Handed::deadline);
        let handover = self.handover.as_ref().map(|handover| handover.until);
        let own = [self.retry_at, self.media_until, theirs, handed, handover];
        let parts = [self.keys.deadline(), self.alive.deadline(), self.browser.deadline()];
        own.into_iter().chain(parts).flatten().min()
    }
}

impl SipCall {
    pub(super) fn talk(&mut self) -> Option<&mut Talk> {
        match &mut self.stage {
            Stage::Talking(talk) => Some(talk),
            Stage::Dialing(_) | Stage::Ringing(_) | Stage::Over => None,
        }
    }

    /// The usage that is in the call.
    pub(super) fn is_main(&self, phone: u64) -> bool {
        match &self.stage {
            Stage::Dialing(dial) => dial.phone == Some(phone),
            Stage::Ringing(ring) => ring.phone == phone,
            Stage::Talking(talk) => talk.phone == Some(phone),
            Stage::Over => false,
        }
    }

    pub(super) fn wake_phones(&mut self, now: Instant) {
        for phone in &mut self.phones {
            phone.forget_late(now);
            match &mut phone.usage {
                Usage::Called(call) => call.on_wake(now),
                Usage::Talking(session) => session.on_wake(now),
                Usage::Calling(_) | Usage::Over => {}
            }
        }
    }

    /// One thing a usage wants done; `false`: none.
    pub(super) fn drain_phone(&mut self, now: Instant, id: u64) -> bool {
        let Some(phone) = self.phone(id) else { return false };
        if let Some(action) = phone.late().and_then(sip::invite::Outgoing::poll) {
            self.perform(id, action, |_, _| {});
            return true;
        }
        match &mut phone.usage {
            Usage::Calling(call) => match call.poll() {
                Some(action) => self.perform(id, action, |call, event| call.on_outgoing(now, id, event)),
                None => return false,
            },
            Usage::Called(call) => match call.poll() {
                Some(action) => self.perform(id, action, |call, event| call.on_incoming(now, id, event)),
                None => return false,
            },
            Usage::Talking(session) => match session.poll() {
                Some(action) => self.perform(id, action, |call, event| call.on_session(now, id, event)),
                None => return false,
            },
            Usage::Over => return false,
        }
        true
    }

    fn perform<E>(&mut self, id: u64, action: Action<E>, tell: impl FnOnce(&mut SipCall, E)) {
        match action {
            Action::Send(request) => {
                let reference = self.next();
                let Some(phone) = self.phones.iter_mut().find(|phone| phone.id == id) else { return };
                if *request.method() == Method::Invite {
                    let first = phone.invite;
                    // The 2xx of a re-INVITE before this one came long ago.
                    self.sent.retain(|at, sent| {
                        sent.phone != id || *at == first || *sent.request.method() != Method::Invite
                    });
                    if matches!(phone.usage, Usage::Calling(_)) {
                        phone.invite = reference;
                    }
                }
                self.sent.insert(reference, Sent::new(phone, (*request).clone()));
                self.output(Output::Sip(SipOutput::Send { reference, request }));
            }
            Action::Ack(request) => self.output(Output::Sip(SipOutput::Ack(request))),
            Action::Cancel => {
                let reference = self.phone(id).map_or(0, |phone| phone.invite);
                self.output(Output::Sip(SipOutput::Cancel { reference }));
            }
            Action::Respond { key, response } => self.output(Output::Sip(SipOutput::Respond { key, response })),
            Action::Event(event) => tell(self, event),
        }
    }

    fn on_outgoing(&mut self, now: Instant, id: u64, event: OutgoingEvent) {
        match event {
            OutgoingEvent::Challenged(response) => return self.challenged(now, id, *response),
            OutgoingEvent::Redirected(target) => return self.redirected(id, &target),
            OutgoingEvent::Progress { .. }
            | OutgoingEvent::EarlyOffer { .. }
            | OutgoingEvent::Answered(_)
            | OutgoingEvent::Failed { .. } => {}
        }
        let is_dialled = matches!(&self.stage, Stage::Dialing(dial) if dial.phone == Some(id));
        let is_handover = self.is_handover(id);
        if let (OutgoingEvent::Failed { .. }, Some(phone)) = (&event, self.phone(id)) {
            phone.failed(now);
            let invite = phone.invite;
            // A challenge that nobody answers any more is final too.
            self.sent.entry(invite).and_modify(|sent| sent.is_done = true);
        }
        match () {
            () if is_dialled => self.on_dialled(now, id, event),
            () if is_handover => self.on_handover(now, id, event),
            () => {}
        }
    }

    fn on_incoming(&mut self, now: Instant, id: u64, event: IncomingEvent) {
        match event {
            IncomingEvent::Confirmed(answer) => self.on_confirmed(now, id, answer),
            IncomingEvent::Cancelled(said) if self.is_main(id) => self.end_all(now, reasons::of_cancel(&said), None),
            IncomingEvent::Cancelled(_) => self.on_handover_cancelled(now, id),
            IncomingEvent::Failed(by) => self.on_incoming_failed(now, id, by),
            IncomingEvent::EarlyOffer(sdp) => self.early_offer(now, id, String::new(), sdp),
            IncomingEvent::EarlyAnswer(sdp) if self.is_main(id) => self.late_answer(now, &sdp),
            IncomingEvent::EarlyAnswer(_) => {}
        }
    }

    fn on_incoming_failed(&mut self, now: Instant, id: u64, by: EndedBy) {
        if by == EndedBy::NoAck {
            self.begin_session(now, id);
            if let Some(session) = self.phone(id).and_then(super::phone::Phone::session) {
                session.bye(Some(reasons::header(EndReason::Timeout)));
            }
        }
        if self.is_main(id) {
            return self.end_all(now, ended_by(by), Some("the caller did not confirm".into()));
        }
        self.on_handover_cancelled(now, id);
    }

    /// The ACK came.
    fn on_confirmed(&mut self, now: Instant, id: u64, answer: Option<Vec<u8>>) {
        let owed = self.phone(id).and_then(|phone| phone.called()).map(|call| call.owed());
        self.begin_session(now, id);
        match answer {
            Some(sdp) if self.is_main(id) => self.late_answer(now, &sdp),
            Some(_) => {}
            None if owed == Some(sip::dialog::Owed::ToUs) => self.bye(now, id, EndReason::NotAcceptable),
            None => {}
        }
    }

    fn begin_session(&mut self, now: Instant, id: u64) {
        let line = self.line.clone();
        let Some(phone) = self.phone(id) else { return };
        if let Usage::Called(call) = std::mem::replace(&mut phone.usage, Usage::Over) {
            let allows = super::phone::allows_update(&call.request().headers);
            let call: Incoming = *call;
            phone.talk(now, &line, call.into_parts(), allows);
        }
    }

    fn on_session(&mut self, now: Instant, id: u64, event: SessionEvent) {
        let is_main = self.is_main(id);
        match event {
            SessionEvent::Challenged(response) => self.challenged(now, id, *response),
            SessionEvent::Offer(sdp) if is_main => self.on_their_offer(now, id, sdp),
            SessionEvent::Offer(_) => {
                if let Some(session) = self.phone(id).and_then(super::phone::Phone::session) {
                    session.refuse(Status::REQUEST_PENDING);
                }
            }
            SessionEvent::Answer(sdp) if is_main => self.on_their_answer(now, id, &sdp),
            SessionEvent::Refused(status) if is_main => self.on_our_offer_refused(now, status),
            SessionEvent::Answer(_) | SessionEvent::Refused(_) => {}
            SessionEvent::Request { key, request } => self.on_session_request(now, id, key, &request),
            SessionEvent::Response(response) => self.on_session_response(now, id, &response),
            SessionEvent::Ended { by, reasons } => self.on_session_ended(now, id, by, &reasons),
        }
    }

    fn on_session_ended(&mut self, now: Instant, id: u64, by: EndedBy, said: &[sip::message::Reason]) {
        if !self.is_main(id) {
            return self.on_handover_left(now, id, by, said);
        }
        if let Some(talk) = self.talk().filter(|talk| talk.handover.is_some()) {
            // Who hands a call on may hang up before it is known how that went.
            talk.phone = None;
            (talk.theirs, talk.ours) = (None, None);
            return;
        }
        let (reason, detail) = match by {
            // Its last NOTIFY is overtaken by its BYE, or never sent (RFC 5589 section 6).
            EndedBy::Remote if self.is_handed_on() => {
                (EndReason::Transferred, Some("the phone left before it told how the transfer went".into()))
            }
            EndedBy::Remote => (reasons::of_bye(said), None),
            EndedBy::Local | EndedBy::Gone | EndedBy::Expired | EndedBy::NoAck => (ended_by(by), None),
        };
        self.end_all(now, reason, detail);
    }

    fn on_session_request(&mut self, now: Instant, id: u64, key: ServerKey, request: &Request) {
        let status = match request.method() {
            Method::Info => self.on_info_request(now, id, request),
            Method::Refer => return self.on_refer(now, id, key, request),
            Method::Notify => self.on_notify(now, id, request),
            Method::Options => Status::OK,
            Method::Subscribe => Status::BAD_EVENT,
            Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Invite
            | Method::Message
            | Method::Prack
            | Method::Publish
            | Method::Register
            | Method::Update
            | Method::Extension(_) => Status::METHOD_NOT_ALLOWED,
        };
        let mut response = request.response(status, None);
        match status {
            // RFC 3261 sections 8.2.3 and 11.2, RFC 6665 section 8.3.2.
            Status::UNSUPPORTED_MEDIA_TYPE | Status::OK => response.headers.push(name::ACCEPT, ACCEPT),
            Status::BAD_EVENT => response.headers.push(name::ALLOW_EVENTS, "refer"),
            _ => {}
        }
        for header in super::phone::extra(&self.line, None).iter() {
            response.headers.push(header.name().clone(), header.text());
        }
        self.respond(key, response);
    }

    /// A key press, or something that asks for nothing (RFC 6086); a request for a keyframe is granted by the media
    /// plane's own means.
    fn on_info_request(&mut self, now: Instant, id: u64, request: &Request) -> Status {
        if let Some(press) = Press::of_info(request) {
            if self.is_main(id) {
                self.tell_key(now, press.key(), press.duration, Way::Info);
            }
            return Status::OK;
        }
        let kind = request.headers.content_type().ok().flatten();
        let is_picture = kind.is_some_and(|kind| kind.is("application/media_control+xml"));
        if request.body().is_empty() || is_picture { Status::OK } else { Status::UNSUPPORTED_MEDIA_TYPE }
    }

    /// Facts for the browser.
    pub(super) fn tell_info(&mut self, info: impl FnOnce(&mut Info)) {
        let Some(id) = self.browser() else { return };
        let mut body = Info { id, gcid: None, held: None, peer: None, more: Default::default() };
        info(&mut body);
        self.send(id, Call::Info(body));
    }

    pub(super) fn on_talk_timeout(&mut self, now: Instant) {
        let Some(talk) = self.talk() else { return };
        if talk.retry_at.is_some_and(|at| at <= now) {
            talk.retry_at = None;
        }
        if talk.media_until.is_some_and(|at| at <= now) {
            return self.end_all(now, EndReason::ConnectionLost, Some("no media path to the browser".into()));
        }
        self.press_next(now);
        self.ask_whether_alive(now);
        self.on_change_timeout(now);
        self.on_offer_timeout(now);
        self.on_transfer_timeout(now);
        self.on_handover_timeout(now);
    }
}

pub(super) fn ended_by(by: EndedBy) -> EndReason {
    match by {
        EndedBy::Local | EndedBy::Remote => EndReason::Normal,
        EndedBy::Gone => EndReason::ConnectionLost,
        EndedBy::Expired | EndedBy::NoAck => EndReason::Timeout,
    }
}
