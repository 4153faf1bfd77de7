//! What is negotiated with a phone before the call is answered: its UPDATE (RFC 3311), and our offer to a caller that
//! made none and insists on reliable responses, which goes out in the first of them and is answered by PRACK (RFC 3262
//! section 5).

use std::time::{Duration, Instant};

use sdp::Direction;
use signal::EndReason;
use sip::message::Status;

use super::call::{SipCall, Stage};
use super::io::{MediaCommand, MediaEvent, Side};
use super::media::{Job, Kinds, Update};
use super::phone::Phone;

/// "To prevent cancellation, the UAS MUST send a non-100 provisional response at every minute" (RFC 3261 section
/// 13.3.1.1): a proxy gives up after three (its timer C).
const STILL_RINGS: Duration = Duration::from_secs(60);

/// Our offer to a caller that made none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EarlyOffer {
    /// It goes out with the 2xx.
    No,
    /// The bridge is making it.
    Wanted,
    /// For the first reliable response.
    Ready(String),
}

impl EarlyOffer {
    /// What it offers.
    pub const KINDS: Kinds = Kinds { audio: Direction::SendRecv, video: None };
}

impl SipCall {
    /// An UPDATE of the phone's offers anew.
    pub(super) fn early_offer(&mut self, now: Instant, phone: u64, tag: String, sdp: Vec<u8>) {
        let may_be = match &self.stage {
            Stage::Dialing(_) => true,
            Stage::Ringing(ring) => ring.winner.is_none(),
            Stage::Talking(_) | Stage::Over => false,
        };
        match String::from_utf8(sdp) {
            Ok(sdp) if may_be => {
                if let Some(ring) = self.ringing() {
                    ring.is_updating = true;
                }
                let command = MediaCommand::Offered { side: Side::Phone, sdp: sdp.clone(), fresh: false };
                self.ask_media(now, Side::Phone, Job::EarlyOffer(Update { phone, tag, sdp }), command);
            }
            Ok(_) | Err(_) => self.answer_update(phone, &tag, None),
        }
    }

    pub(super) fn on_early_offer(&mut self, now: Instant, update: Update, event: &MediaEvent) {
        let MediaEvent::Offered { audio, video, .. } = event else {
            self.answer_update(update.phone, &update.tag, None);
            return self.early_update_is_over(now);
        };
        match &mut self.stage {
            Stage::Dialing(dial) => dial.heard = Kinds { audio: *audio, video: *video },
            Stage::Ringing(ring) => ring.audio = *audio,
            Stage::Talking(_) | Stage::Over => {}
        }
        let command = MediaCommand::Accept { side: Side::Phone };
        self.ask_media(now, Side::Phone, Job::EarlyAnswer(update), command);
    }

    pub(super) fn on_early_answer(&mut self, now: Instant, update: &Update, event: MediaEvent) {
        let Update { phone, tag, sdp: offer } = update;
        let answer = match event {
            MediaEvent::Answer { sdp, telephone_event, .. } => {
                self.early_offer_applied(offer, telephone_event);
                if let Some(phone) = self.phone(*phone) {
                    phone.early_description(tag, offer.clone().into_bytes(), true);
                }
                Some(sdp)
            }
            _ => None,
        };
        self.answer_update(*phone, tag, answer);
        self.early_update_is_over(now);
    }

    fn answer_update(&mut self, phone: u64, tag: &str, sdp: Option<String>) {
        let sdp = sdp.map(String::into_bytes);
        let Some(phone) = self.phone(phone) else { return };
        if let Some(call) = phone.calling() {
            call.answer_update(tag, sdp);
        } else if let Some(call) = phone.called() {
            call.answer_update(sdp);
        }
    }

    fn early_update_is_over(&mut self, now: Instant) {
        if let Some(ring) = self.ringing() {
            ring.is_updating = false;
        }
        self.accept_when_ready(now);
    }

    /// The call was answered while its UPDATE was with the bridge, so the phone was refused what the bridge has in force: an
    /// offer of ours brings both together.
    pub(super) fn early_update_was_late(&mut self, event: &MediaEvent) {
        match event {
            MediaEvent::Offered { .. } => self.command(MediaCommand::Rollback { side: Side::Phone }),
            MediaEvent::Answer { .. } => {
                if let Some(talk) = self.talk() {
                    talk.told.audio = match talk.wanted.audio {
                        Direction::Inactive => Direction::SendRecv,
                        Direction::SendRecv | Direction::SendOnly | Direction::RecvOnly => Direction::Inactive,
                    };
                }
            }
            _ => {}
        }
    }

    /// The offer for the first reliable response.
    pub(super) fn describe_early(&mut self, now: Instant) {
        let Kinds { audio, video } = EarlyOffer::KINDS;
        let command = MediaCommand::Describe { side: Side::Phone, audio, video, fresh: false };
        self.ask_media(now, Side::Phone, Job::RingOffer, command);
    }

    pub(super) fn on_early_described(&mut self, now: Instant, sdp: String) {
        let Some(ring) = self.ringing() else { return };
        let id = ring.phone;
        ring.early = EarlyOffer::Ready(sdp.clone());
        if let Some(phone) = self.phone(id) {
            phone.said = Some(sdp.into_bytes());
        }
        self.say_ringing(now);
        self.accept_when_ready(now);
    }

    /// 180, once a branch rings and what it has to carry is there.
    pub(super) fn say_ringing(&mut self, now: Instant) {
        let Some(ring) = self.ringing() else { return };
        ring.again_at = None;
        if !ring.is_ringing || ring.winner.is_some() {
            return;
        }
        let (phone, sdp) = match ring.early.clone() {
            EarlyOffer::No => (ring.phone, None),
            EarlyOffer::Wanted => return,
            EarlyOffer::Ready(sdp) => (ring.phone, Some(sdp.into_bytes())),
        };
        ring.again_at = Some(now + STILL_RINGS);
        if let Some(call) = self.phone(phone).and_then(Phone::called) {
            call.ring(now, Status::RINGING, sdp);
        }
    }

    /// The first answer to an offer of ours in a 1xx or 2xx.
    pub(super) fn late_answer(&mut self, now: Instant, sdp: &[u8]) {
        let sdp = String::from_utf8_lossy(sdp).into_owned();
        self.ask_media(now, Side::Phone, Job::LateAnswer, MediaCommand::Answered { side: Side::Phone, sdp });
    }

    pub(super) fn on_late_answer(&mut self, now: Instant, event: &MediaEvent) {
        match (event, &mut self.stage) {
            (MediaEvent::Refused { detail, .. }, _) => {
                self.end_all(now, EndReason::NotAcceptable, Some(detail.clone()));
            }
            (MediaEvent::Applied { audio, telephone_event, .. }, Stage::Ringing(ring)) => {
                (ring.rfc4733, ring.audio) = (*telephone_event, *audio);
            }
            (_, Stage::Ringing(_) | Stage::Dialing(_) | Stage::Talking(_) | Stage::Over) => self.on_again_media(event),
        }
    }
}
