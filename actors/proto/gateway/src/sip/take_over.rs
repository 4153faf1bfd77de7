//! A reloaded page claims its leg: a fresh peer connection of the browser's, and nothing for the phone to see.

use std::time::Instant;

use call::{Party, Role};
use signal::call::{Accept, Call, CallRef, Start};
use signal::{CallId, Code, EndReason, Error};

use super::call::{SipCall, Stage};
use super::change::Browser;
use super::io::{MediaCommand, MediaEvent, Side};
use super::media::{Job, Kinds};
use crate::leg::Leg;
use crate::screen;

impl SipCall {
    pub(super) fn on_take_over(&mut self, now: Instant, old: CallId, start: Start) {
        let id = start.id;
        if self.leg(id).is_some() {
            return self.refuse(id, Error::new(Code::WrongState, "id: an id not yet used expected"));
        }
        self.legs.push(Leg::new(id, Role::Caller));
        if let Err(error) = screen::start(&start) {
            let detail = Some(error.message.clone());
            self.refuse(id, error);
            return self.end_leg(now, id, EndReason::NotAcceptable, detail);
        }
        match &self.stage {
            Stage::Dialing(dial) if dial.leg == old => self.claim_dialing(now, start),
            Stage::Talking(talk) if talk.leg == old => self.claim_talking(now, old, start),
            // A device that has not accepted is just a new branch.
            Stage::Dialing(_) | Stage::Ringing(_) | Stage::Talking(_) | Stage::Over => {
                self.end_leg(now, id, EndReason::Unavailable, Some("there is nothing to take over".into()));
            }
        }
    }

    fn claim_talking(&mut self, now: Instant, old: CallId, start: Start) {
        let (id, serial) = (start.id, self.next());
        let Some(talk) = self.talk() else { return };
        talk.leg = id;
        talk.media_until = None;
        let waits = matches!(talk.browser, Browser::Theirs { waits: true, .. });
        let before = std::mem::replace(&mut talk.browser, Browser::Idle);
        let held = talk.held;
        self.end_leg(now, old, EndReason::Replaced, None);
        self.send(id, Call::Alive(CallRef { id, gcid: None }));
        if before != Browser::Idle {
            self.command(MediaCommand::Rollback { side: Side::Browser });
        }
        if !waits {
            // A picture the old page was asked for is not to come.
            self.browser_agreed(now);
        }
        // Candidates are of no use to the bridge, so the whole description is not waited for.
        match start.sdp.map(|text| self.screened(&text)) {
            Some(Ok(sdp)) => {
                let command = MediaCommand::Offered { side: Side::Browser, sdp, fresh: true };
                self.claims.insert(serial, (id, Kinds::default()));
                self.ask_media(now, Side::Browser, Job::Claim(serial), command);
            }
            Some(Err(_)) | None => self.end_all(now, EndReason::MediaFailed, Some("the new page has no offer".into())),
        }
        if held {
            self.tell_info(|info| info.held = Some(true));
        }
    }

    pub(super) fn on_claim_media(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let Some((id, kinds)) = self.claims.get_mut(&serial) else { return };
        let id = *id;
        if let MediaEvent::Offered { audio, video, .. } = &event {
            *kinds = Kinds { audio: *audio, video: *video };
        }
        if self.browser() != Some(id) {
            self.claims.remove(&serial);
            return;
        }
        match event {
            MediaEvent::Offered { .. } => {
                let command = MediaCommand::Accept { side: Side::Browser };
                self.ask_media(now, Side::Browser, Job::ClaimAnswer(serial), command);
            }
            _ => self.end_all(now, EndReason::MediaFailed, Some("the new page's offer cannot be used".into())),
        }
    }

    pub(super) fn on_claim_answered(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let until = now + self.timing.ack_accept;
        let Some((id, kinds)) = self.claims.remove(&serial) else { return };
        if self.browser() != Some(id) {
            return;
        }
        let MediaEvent::Answer { sdp, .. } = event else {
            return self.end_all(now, EndReason::MediaFailed, Some("the new page's offer cannot be used".into()));
        };
        if let Some(talk) = self.talk() {
            // A page that was reloaded on hold speaks again; its picture is not the phone's business.
            talk.wanted.audio = kinds.audio;
        }
        if self.leg(id).is_some_and(|leg| leg.dialog.accept(Party::Engine, until).is_ok()) {
            self.send(id, Call::Accept(Accept { id, gcid: None, account: None, trickle: false, sdp: Some(sdp) }));
        }
    }
}
