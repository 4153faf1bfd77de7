//! What its endpoint and its call tell the phone.

use std::time::Instant;

use sip::dialog::{Dialog, Negotiation, Owed, SessionTimer, TimerPolicy};
use sip::endpoint::Event;
use sip::invite::{EndedBy, Incoming, IncomingEvent, OutgoingEvent, Session, SessionEvent, Setup};
use sip::message::{Headers, Method, Request, Status, name};
use sip::refer::Progress;
use sip::transaction::ServerKey;

use super::super::bridge::{answer, read};
use super::{Phone, Stage};

impl Phone {
    pub(super) fn on_event(&mut self, now: Instant, event: Event) {
        if let Some(status) = self.gone {
            if let Event::Request { key, request, .. } = event {
                self.endpoint.respond(now, &key, &request.response(status, Some("proxy")));
            }
            return;
        }
        match event {
            Event::Request { key, request, .. } => self.on_request(now, key, *request),
            Event::Cancel { key, request, .. } => match &mut self.stage {
                Stage::Called(call) => call.on_cancel(key, &request),
                Stage::Talking(session) => session.on_cancel(key, &request),
                _ => self.endpoint.respond(now, &key, &request.response(Status::OK, Some("b"))),
            },
            Event::Ack(request) => match &mut self.stage {
                Stage::Called(call) => call.on_ack(&request),
                Stage::Talking(session) => session.on_ack(&request),
                _ => {}
            },
            Event::Response { key, response } => {
                if response.status().is_final() {
                    self.sent.retain(|(sent, _)| *sent != key);
                }
                match (&mut self.stage, &mut self.late) {
                    (Stage::Calling(call), _) => call.on_response(now, *response),
                    (_, Some(call)) if self.invite == Some(key) => call.on_response(now, *response),
                    (Stage::Talking(session), _) => session.on_response(now, *response),
                    _ => {}
                }
            }
            Event::NoResponse { key, status } => {
                let request = self.sent.iter().find(|(sent, _)| *sent == key).map(|(_, request)| request.clone());
                match (&mut self.stage, request) {
                    (Stage::Calling(call), _) if self.invite.as_ref() == Some(&key) => call.on_no_response(status),
                    (Stage::Talking(session), Some(request)) if self.invite.as_ref() != Some(&key) => {
                        session.on_no_response(now, &request, status);
                    }
                    _ => {}
                }
            }
            Event::ResponseLost(_) => {}
        }
    }

    fn on_request(&mut self, now: Instant, key: ServerKey, request: Request) {
        let in_dialog = request.headers.to().unwrap().tag().is_some();
        if self.is_over() && self.side == 2 {
            self.stage = Stage::Idle;
        }
        match &mut self.stage {
            Stage::Idle if *request.method() == Method::Invite && std::mem::take(&mut self.challenges) => {
                self.challenge(now, &key, &request);
            }
            Stage::Talking(_) if self.strict && matches!(request.method(), Method::Options | Method::Refer) => {
                self.seen.push("strict".into());
                self.challenge(now, &key, &request);
            }
            Stage::Idle if *request.method() == Method::Invite && !in_dialog => {
                let (contact, rseq) = (self.contact(), self.rng.u32(1..1000));
                let tag = if self.side == 1 { "b" } else { "c" };
                let call = Incoming::new(key, request, tag, contact, Headers::new(), rseq).unwrap();
                self.stage = Stage::Called(Box::new(call));
            }
            Stage::Called(call) if in_dialog => call.on_request(now, key, &request),
            Stage::Talking(session) if in_dialog => session.on_request(now, key, request),
            _ => self.endpoint.respond(now, &key, &request.response(Status::CALL_DOES_NOT_EXIST, Some("b"))),
        }
    }

    fn challenge(&mut self, now: Instant, key: &ServerKey, request: &Request) {
        let mut response = request.response(Status::UNAUTHORIZED, Some("proxy"));
        response.headers.push(name::WWW_AUTHENTICATE, "Digest realm=\"h\", nonce=\"n\"");
        self.endpoint.respond(now, key, &response);
    }

    pub(super) fn on_outgoing(&mut self, _: Instant, event: OutgoingEvent) {
        match event {
            OutgoingEvent::Progress { tag, status, description, owed } => {
                self.seen.push("progress".into());
                let far = description.map(|sdp| read(std::str::from_utf8(&sdp).unwrap()));
                self.far = far.or(self.far);
                if status.is_success() {
                    self.told = self.offering.take().unwrap_or(self.told);
                }
                if let (Owed::ByUs, Some(far)) = (owed, far) {
                    self.seen.push("early offer".into());
                    let sdp = self.describe(answer(far, self.wish));
                    let Stage::Calling(call) = &mut self.stage else { return };
                    call.answer_early(&tag, sdp);
                }
                self.tags.push(tag);
            }
            OutgoingEvent::EarlyOffer { .. } | OutgoingEvent::Challenged(_) | OutgoingEvent::Redirected(_) => {
                panic!("nobody does that here")
            }
            OutgoingEvent::Answered(mut answered) => {
                let Stage::Calling(mut call) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
                self.offering = None;
                let far = answered.description.as_deref().map(|sdp| read(std::str::from_utf8(sdp).unwrap()));
                self.far = far.or(self.far);
                if answered.negotiation.owed() == Owed::ByUs {
                    let kinds = answer(self.far.unwrap(), self.wish);
                    let sdp = self.describe(kinds);
                    call.acknowledge(&mut answered, sdp);
                }
                self.late = Some(*call);
                self.talk(answered.dialog, answered.negotiation, answered.timer);
                self.leave();
            }
            OutgoingEvent::Failed { status, .. } => self.end(&status.to_string()),
        }
    }

    pub(super) fn on_incoming(&mut self, _: Instant, event: IncomingEvent) {
        match event {
            IncomingEvent::EarlyOffer(_) => panic!("nobody does that here"),
            IncomingEvent::EarlyAnswer(sdp) => {
                self.far = Some(read(std::str::from_utf8(&sdp).unwrap()));
                self.told = self.offering.take().unwrap_or(self.told);
            }
            IncomingEvent::Confirmed(_) => self.established(false),
            IncomingEvent::Failed(EndedBy::NoAck) => self.established(true),
            IncomingEvent::Cancelled(_) => self.end("cancelled"),
            IncomingEvent::Failed(by) => self.end(&format!("{by:?}")),
        }
    }

    fn established(&mut self, hang_up: bool) {
        let Stage::Called(call) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let (dialog, negotiation, timer) = call.into_parts();
        self.talk(dialog, negotiation, timer);
        self.leave();
        if let (Stage::Talking(session), true) = (&mut self.stage, hang_up) {
            session.bye(None);
        }
    }

    /// At once, where its user changes his mind.
    fn leave(&mut self) {
        if self.leaves {
            self.seen.push("left at once".into());
            self.hang_up();
        }
    }

    fn talk(&mut self, dialog: Dialog, negotiation: Negotiation, timer: SessionTimer) {
        let description = Some(self.describe(self.wish));
        self.stage = Stage::Talking(Box::new(Session::new(Setup {
            dialog,
            negotiation,
            timer,
            policy: TimerPolicy::default(),
            contact: self.contact(),
            extra: Headers::new(),
            allows_update: self.rng.bool(),
            description,
        })));
    }

    pub(super) fn on_session(&mut self, now: Instant, event: SessionEvent) {
        match event {
            SessionEvent::Offer(sdp) => {
                let offer = sdp.map(|sdp| read(std::str::from_utf8(&sdp).unwrap()));
                self.far = offer.or(self.far);
                let kinds = offer.map_or(self.wish, |offer| answer(offer, self.wish));
                // The answer says it too.
                self.told = (self.wish.0, self.told.1);
                let sdp = self.describe(kinds);
                let Stage::Talking(session) = &mut self.stage else { return };
                session.answer(now, sdp);
            }
            SessionEvent::Answer(sdp) => {
                self.far = Some(read(std::str::from_utf8(&sdp).unwrap()));
                self.told = self.offering.take().unwrap_or(self.told);
            }
            SessionEvent::Refused(Status::REQUEST_PENDING | Status::SERVER_INTERNAL_ERROR) => {
                self.offering = None;
                self.seen.push("glare".into());
                self.retry_at = Some(now + std::time::Duration::from_millis(self.rng.u64(0..4_000)));
            }
            SessionEvent::Refused(_) => self.told = self.offering.take().unwrap_or(self.told),
            SessionEvent::Request { key, request } if *request.method() == Method::Refer => {
                self.seen.push("referred".into());
                self.endpoint.respond(now, &key, &request.response(Status::ACCEPTED, None));
                let (number, outcome) = (request.cseq().unwrap().number, self.rng.usize(..4));
                let outcomes = [None, Some(Status::BUSY_HERE), Some(Status::OK), Some(Status::OK)];
                let last = outcomes[outcome].map(|status| Progress { status, is_last: true });
                let Stage::Talking(session) = &mut self.stage else { return };
                for told in [Some(Progress { status: Status::TRYING, is_last: false }), last].into_iter().flatten() {
                    let (headers, body) = told.notification(number);
                    session.send(Method::Notify, &headers, Some(body));
                }
            }
            SessionEvent::Request { key, request } => {
                self.endpoint.respond(now, &key, &request.response(Status::OK, None));
            }
            SessionEvent::Response(_) => {}
            SessionEvent::Challenged(_) => panic!("nobody challenges here"),
            SessionEvent::Ended { by, .. } => self.end(&format!("{by:?}")),
        }
    }

    fn end(&mut self, why: &str) {
        self.seen.push(format!("ended {why}"));
        self.stage = Stage::Over;
    }
}
