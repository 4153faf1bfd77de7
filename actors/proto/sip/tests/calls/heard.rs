//! What a phone does about what it learns.

use std::time::Instant;

use sip::dialog::{Owed, TimerPolicy};
use sip::invite::{EndedBy, IncomingEvent, OutgoingEvent, Session, SessionEvent, Setup};
use sip::message::{Headers, Status};

use super::{Phone, SDP, Stage};

impl Phone {
    pub(super) fn on_outgoing(&mut self, _: Instant, event: OutgoingEvent) {
        match event {
            OutgoingEvent::Progress { tag, owed: Owed::ByUs, .. } => {
                let Stage::Calling(call) = &mut self.stage else { return };
                call.answer_early(&tag, SDP.to_vec());
            }
            OutgoingEvent::EarlyOffer { tag, .. } => {
                let answer = self.rng.bool().then(|| SDP.to_vec());
                let Stage::Calling(call) = &mut self.stage else { return };
                call.answer_update(&tag, answer);
            }
            OutgoingEvent::Challenged(_) => panic!("nobody challenges here"),
            OutgoingEvent::Redirected(target) => {
                let Stage::Calling(call) = &mut self.stage else { return };
                call.redirect(Some(target));
            }
            OutgoingEvent::Progress { .. } => self.seen.push("progress".into()),
            OutgoingEvent::Answered(mut answered) => {
                let Stage::Calling(mut call) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
                call.acknowledge(&mut answered, SDP.to_vec());
                self.outgoing = Some(*call);
                self.talk(answered.dialog, answered.negotiation, answered.timer);
            }
            OutgoingEvent::Failed { status, .. } => self.end(&status.to_string()),
        }
    }

    pub(super) fn on_incoming(&mut self, _: Instant, event: IncomingEvent) {
        match event {
            IncomingEvent::EarlyOffer(_) => {
                let answer = self.rng.bool().then(|| SDP.to_vec());
                let Stage::Called(call) = &mut self.stage else { return };
                call.answer_update(answer);
            }
            IncomingEvent::EarlyAnswer(_) => self.seen.push("early answer".into()),
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
        if let (Stage::Talking(session), true) = (&mut self.stage, hang_up) {
            session.bye(None);
        }
    }

    fn talk(
        &mut self,
        dialog: sip::dialog::Dialog,
        negotiation: sip::dialog::Negotiation,
        timer: sip::dialog::SessionTimer,
    ) {
        self.talked = true;
        self.stage = Stage::Talking(Box::new(Session::new(Setup {
            dialog,
            negotiation,
            timer,
            policy: TimerPolicy::default(),
            contact: self.contact(),
            extra: Headers::new(),
            allows_update: self.rng.bool(),
            description: Some(SDP.to_vec()),
        })));
    }

    pub(super) fn on_session(&mut self, now: Instant, event: SessionEvent) {
        match event {
            SessionEvent::Offer(_) => self.bad_offers += u32::from(std::mem::replace(&mut self.offered, true)),
            SessionEvent::Answer(_) => self.answers += 1,
            SessionEvent::Refused(status) => self.seen.push(format!("refused {status}")),
            SessionEvent::Request { key, request } => {
                self.endpoint.respond(now, &key, &request.response(Status::OK, None))
            }
            SessionEvent::Response(_) => self.seen.push("response".into()),
            SessionEvent::Challenged(_) => panic!("nobody challenges here"),
            SessionEvent::Ended { by, .. } => self.end(&format!("{by:?}")),
        }
    }

    fn end(&mut self, why: &str) {
        self.seen.push(format!("ended {why}"));
        if let Stage::Talking(session) = &mut self.stage {
            assert!(session.poll().is_none() && session.is_ended(), "the end is the last it says");
        }
        self.stage = Stage::Over;
    }
}
