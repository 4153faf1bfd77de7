//! What the browser says beside renegotiation, and what the bridge tells.

use std::time::Instant;

use call::Party;
use signal::call::{Candidate, Described, Info};
use signal::{CallId, EndReason, Error};

use super::call::{SipCall, Stage};
use super::io::{MediaCommand, MediaEvent, Record, Side};
use super::keys::Way;
use super::media::Job;
use crate::screen;

impl SipCall {
    pub(super) fn on_ack_accept(&mut self, id: CallId) -> Result<(), Error> {
        self.known(id)?.dialog.ack_accept(Party::Browser)
    }

    pub(super) fn on_candidate(&mut self, body: &Candidate) -> Result<(), Error> {
        let Some(init) = screen::candidate(body, &self.policy)?.filter(|init| !init.is_end()) else { return Ok(()) };
        if self.media.is_open {
            self.command(MediaCommand::Candidate { candidate: init.candidate });
        }
        Ok(())
    }

    pub(super) fn on_full_sdp(&mut self, now: Instant, id: CallId, body: Described) -> Result<(), Error> {
        screen::read(&body.sdp)?;
        if self.dialing().is_some_and(|dial| dial.leg == id) {
            self.on_dial_full_sdp(now, body.sdp);
        }
        Ok(())
    }

    /// `record`: start, pause, resume or stop.
    pub(super) fn on_info(&mut self, id: CallId, body: &Info) -> Result<(), Error> {
        self.known(id)?.dialog.established()?;
        let Some(verb) = body.more.get("record") else { return Ok(()) };
        let verb = match verb.as_str() {
            Some("start") => Record::Start,
            Some("pause") => Record::Pause,
            Some("resume") => Record::Resume,
            Some("stop") => Record::Stop,
            Some(_) | None => return Err(Error::field("record", "start, pause, resume or stop")),
        };
        self.command(MediaCommand::Record(verb));
        Ok(())
    }

    pub(super) fn on_media(&mut self, now: Instant, event: MediaEvent) {
        if matches!(self.stage, Stage::Over) {
            return;
        }
        let side = match &event {
            MediaEvent::Offered { side, .. }
            | MediaEvent::Answer { side, .. }
            | MediaEvent::Offer { side, .. }
            | MediaEvent::Applied { side, .. }
            | MediaEvent::Refused { side, .. } => *side,
            MediaEvent::Connected { .. }
            | MediaEvent::Disconnected { .. }
            | MediaEvent::Failed { .. }
            | MediaEvent::Dtmf { .. }
            | MediaEvent::DtmfFailed { .. }
            | MediaEvent::Silent { .. }
            | MediaEvent::NoKeys { .. }
            | MediaEvent::RecordFailed { .. } => return self.on_media_news(now, event),
        };
        let Some(job) = self.media.end(side) else {
            return log::error!("gcid={} the bridge answers what nobody asked: {event:?}", self.gcid);
        };
        match &self.stage {
            Stage::Dialing(_) => self.on_dial_media(now, job, event),
            Stage::Ringing(_) => self.on_ring_media(now, job, event),
            Stage::Talking(_) => self.on_talk_media(now, job, event),
            Stage::Over => {}
        }
    }

    fn on_talk_media(&mut self, now: Instant, job: Job, event: MediaEvent) {
        match job {
            Job::Change(serial) => self.on_change_media(now, serial, event),
            Job::ChangeAnswer(serial) => self.on_change_answered(now, serial, event),
            Job::Ask(serial) => self.on_ask_media(now, serial, event),
            Job::AskAnswer(serial) => self.on_ask_answered(now, serial, event),
            Job::Claim(id) => self.on_claim_media(now, id, event),
            Job::ClaimAnswer(id) => self.on_claim_answered(now, id, event),
            Job::Ours(serial) => self.on_ours_media(now, serial, event),
            Job::OursAnswer(serial) => self.on_ours_answered(now, serial, event),
            Job::Theirs(serial) => self.on_theirs_media(now, serial, event),
            Job::TheirsAnswer(serial) => self.on_theirs_answered(now, serial, event),
            Job::Asked(serial) => self.on_asked_media(now, serial, event),
            Job::Again => self.on_again_media(&event),
            Job::Swap(serial) => self.on_swap_media(now, serial, event),
            Job::SwapAnswer(serial) => self.on_swap_answered(now, serial, event),
            Job::LateAnswer => self.on_late_answer(now, &event),
            Job::EarlyOffer(_) | Job::EarlyAnswer(_) => self.early_update_was_late(&event),
            // Of the time before the answer.
            Job::CallerOffer(_)
            | Job::CallerAnswer(_)
            | Job::BranchOffer
            | Job::BranchAnswer
            | Job::FirstOffer(_)
            | Job::FirstAnswer(_)
            | Job::CallingOffer
            | Job::CallingAnswer
            | Job::RingOffer
            | Job::LateOffer => {}
        }
    }

    fn on_media_news(&mut self, now: Instant, event: MediaEvent) {
        let until = now + self.timing.media_lost;
        match event {
            MediaEvent::Failed { detail } => self.end_all(now, EndReason::MediaFailed, Some(detail)),
            MediaEvent::Connected { side: Side::Browser } => {
                if let Some(talk) = self.talk() {
                    talk.media_until = None;
                }
            }
            MediaEvent::Disconnected { side: Side::Browser } => {
                if let Some(talk) = self.talk() {
                    talk.media_until.get_or_insert(until);
                }
            }
            MediaEvent::Connected { side: Side::Phone } | MediaEvent::Disconnected { side: Side::Phone } => {}
            MediaEvent::Dtmf { side: Side::Phone, digit, duration } => self.tell_key(now, digit, duration, Way::Rtp),
            MediaEvent::Dtmf { side: Side::Browser, digit, duration } => self.on_browser_key(now, digit, duration),
            MediaEvent::DtmfFailed { detail } => self.keys_failed(detail),
            MediaEvent::Silent { side: Side::Phone } => self.on_silent(now),
            MediaEvent::Silent { side: Side::Browser } => {}
            // While it rings, they may wait for the answer.
            MediaEvent::NoKeys { detail } if matches!(self.stage, Stage::Talking(_)) => {
                self.end_all(now, EndReason::MediaFailed, Some(detail));
            }
            MediaEvent::NoKeys { .. } => {}
            MediaEvent::RecordFailed { detail } => {
                self.tell_info(|info| drop(info.more.insert("recordFailed".into(), detail.into())));
            }
            // Answers, taken before.
            MediaEvent::Offered { .. }
            | MediaEvent::Answer { .. }
            | MediaEvent::Offer { .. }
            | MediaEvent::Applied { .. }
            | MediaEvent::Refused { .. } => {}
        }
    }
}
