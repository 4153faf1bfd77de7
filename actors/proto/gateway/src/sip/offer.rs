//! Renegotiation with the phone, by it or by us. [`Session`](sip::invite::Session) lets one of both offer.

use std::time::{Duration, Instant};

use signal::EndReason;
use sip::invite::glare_delay;
use sip::message::Status;

use super::call::SipCall;
use super::change::Browser;
use super::io::{MediaCommand, MediaEvent, Side};
use super::media::{Job, Kinds, receives, sends};
use super::phone::Phone;
use super::reasons;

/// How long a phone may put an offer of ours off. Nothing of its own can be open that long: an INVITE, or a 2xx without ACK, is
/// given up after 32 s (RFC 3261 section 17.1.1.2 and 13.3.1.4).
const PATIENCE: Duration = Duration::from_secs(45);

/// An offer of the phone's.
#[derive(Debug)]
pub(super) struct Theirs {
    serial: u64,
    kinds: Kinds,
    /// The browser is asked for a picture: until when the phone waits.
    pub until: Option<Instant>,
}

impl SipCall {
    /// What the browser said last, said to the phone; and the browser asked for what the phone wants.
    pub(super) fn reconcile(&mut self, now: Instant) {
        self.ask_browser(now);
        self.ask_whether_alive(now);
        let Some(talk) = self.talk() else { return };
        let differs = !talk.wanted.same(talk.told);
        let (wanted, is_at_rest) = (talk.wanted, talk.retry_at.is_none() && talk.browser == Browser::Idle);
        if differs && is_at_rest && self.may_offer() {
            self.offer_phone(now, wanted);
        }
    }

    /// Whether an offer to the phone would go out now.
    pub(super) fn may_offer(&mut self) -> bool {
        let Some(talk) = self.talk() else { return false };
        let is_free = talk.ours.is_none() && talk.theirs.is_none() && talk.handover.is_none();
        let phone = talk.phone.filter(|_| is_free && talk.retry_at.is_none());
        let session = phone.and_then(|id| self.phone(id)).and_then(Phone::session);
        session.is_some_and(|session| session.may_offer())
    }

    pub(super) fn offer_phone(&mut self, now: Instant, kinds: Kinds) {
        let serial = self.next();
        if let Some(talk) = self.talk() {
            talk.ours = Some((serial, kinds));
        }
        let Kinds { audio, video } = kinds;
        let command = MediaCommand::Describe { side: Side::Phone, audio, video, fresh: false };
        self.ask_media(now, Side::Phone, Job::Ours(serial), command);
    }

    fn is_ours(&mut self, serial: u64) -> bool {
        self.talk().is_some_and(|talk| talk.ours.is_some_and(|(own, _)| own == serial))
    }

    /// The session of the call.
    fn session(&mut self) -> Option<&mut sip::invite::Session> {
        let id = self.talk()?.phone?;
        self.phone(id)?.session()
    }

    pub(super) fn on_ours_media(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        if !self.is_ours(serial) {
            return;
        }
        match event {
            MediaEvent::Offer { sdp, .. } => {
                if !self.session().is_some_and(|session| session.offer(sdp.into_bytes())) {
                    self.on_our_offer_refused(now, Status::REQUEST_PENDING);
                }
            }
            _ => self.our_offer_is_over(now),
        }
    }

    /// The answer to an offer of ours; without one, to a refresh, which may still say something new.
    pub(super) fn on_their_answer(&mut self, now: Instant, id: u64, sdp: &[u8]) {
        let Some(serial) = self.talk().and_then(|talk| talk.ours).map(|(serial, _)| serial) else {
            return self.again(now, id, sdp);
        };
        let sdp = String::from_utf8_lossy(sdp).into_owned();
        let command = MediaCommand::Answered { side: Side::Phone, sdp };
        self.ask_media(now, Side::Phone, Job::OursAnswer(serial), command);
    }

    /// An answer that came again, or with an ACK.
    pub(super) fn again(&mut self, now: Instant, id: u64, sdp: &[u8]) {
        // While another phone is to take its place the bridge waits for that one's answer.
        let is_swapping = self.talk().is_some_and(|talk| talk.handover.is_some());
        if self.is_main(id) && !is_swapping {
            let sdp = String::from_utf8_lossy(sdp).into_owned();
            self.ask_media(now, Side::Phone, Job::Again, MediaCommand::Answered { side: Side::Phone, sdp });
        }
    }

    pub(super) fn on_again_media(&mut self, event: &MediaEvent) {
        if let MediaEvent::Applied { audio, telephone_event, .. } = event
            && let Some(talk) = self.talk()
        {
            talk.rfc4733 = *telephone_event;
            talk.alive.audio = *audio;
            let is_said = sends(talk.told.audio);
            if is_said {
                self.set_held(!receives(*audio));
            }
        }
    }

    pub(super) fn on_ours_answered(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        if !self.is_ours(serial) {
            return;
        }
        self.our_offer_is_over(now);
        self.on_again_media(&event);
    }

    /// The phone has been told, or will not hear it.
    fn our_offer_is_over(&mut self, now: Instant) {
        let Some(talk) = self.talk() else { return };
        talk.insists_until = None;
        if let Some((_, kinds)) = talk.ours.take() {
            talk.told = kinds;
        }
        if matches!(talk.browser, Browser::Theirs { waits: true, .. }) {
            self.answer_change(now);
        }
    }

    /// 491 or another refusal; what was agreed before holds.
    pub(super) fn on_our_offer_refused(&mut self, now: Instant, status: Status) {
        let delay = self.glare_delay();
        let Some(talk) = self.talk() else { return };
        if talk.ours.is_none() {
            return;
        }
        let (waits, leg) = (matches!(talk.browser, Browser::Theirs { waits: true, .. }), talk.leg);
        let is_put_off = matches!(status, Status::REQUEST_PENDING | Status::SERVER_INTERNAL_ERROR);
        // "If a UAC receives a 491 response to a re-INVITE, it SHOULD start a timer" (section 14.1): once more, not for ever.
        let goes_on = is_put_off && *talk.insists_until.get_or_insert(now + PATIENCE) > now;
        self.command(MediaCommand::Rollback { side: Side::Phone });
        if !goes_on {
            let detail = reasons::detail(status, None);
            self.tell_info(|info| drop(info.more.insert("changeFailed".into(), detail.into())));
            return self.our_offer_is_over(now);
        }
        if let Some(talk) = self.talk() {
            (talk.ours, talk.retry_at) = (None, Some(now + delay));
        }
        if waits {
            self.reset(now, leg);
        }
    }

    /// RFC 3261 section 14.1: who made the Call-ID waits longer.
    fn glare_delay(&mut self) -> Duration {
        let id = self.talk().and_then(|talk| talk.phone);
        let is_ours = id.and_then(|id| self.phone(id)).is_some_and(|phone| phone.is_of_ours());
        glare_delay(is_ours, self.random.u32(..))
    }

    /// The phone offers, or wants an offer.
    pub(super) fn on_their_offer(&mut self, now: Instant, id: u64, sdp: Option<Vec<u8>>) {
        let serial = self.next();
        let Some(talk) = self.talk().filter(|talk| talk.handover.is_none()) else {
            let session = self.phone(id).and_then(Phone::session);
            return session.map_or((), |session| session.refuse(Status::REQUEST_PENDING));
        };
        // Our own offer is not out yet: theirs goes first.
        let (waits, leg) = (matches!(talk.browser, Browser::Theirs { waits: true, .. }), talk.leg);
        let was_ours = talk.ours.take().is_some();
        talk.theirs = Some(Theirs { serial, kinds: talk.wanted, until: None });
        let Kinds { audio, video } = talk.wanted;
        if was_ours {
            self.command(MediaCommand::Rollback { side: Side::Phone });
        }
        if was_ours && waits {
            self.reset(now, leg);
        }
        match sdp.map(String::from_utf8) {
            Some(Ok(sdp)) => {
                let command = MediaCommand::Offered { side: Side::Phone, sdp, fresh: false };
                self.ask_media(now, Side::Phone, Job::Theirs(serial), command);
            }
            Some(Err(_)) => self.refuse_theirs(),
            None => {
                let command = MediaCommand::Describe { side: Side::Phone, audio, video, fresh: false };
                self.ask_media(now, Side::Phone, Job::Asked(serial), command);
            }
        }
    }

    fn is_theirs(&mut self, serial: u64) -> bool {
        self.talk().is_some_and(|talk| talk.theirs.as_ref().is_some_and(|theirs| theirs.serial == serial))
    }

    fn refuse_theirs(&mut self) {
        if let Some(talk) = self.talk() {
            talk.theirs = None;
        }
        if let Some(session) = self.session() {
            session.refuse(Status::NOT_ACCEPTABLE_HERE);
        }
    }

    pub(super) fn on_theirs_media(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        if !self.is_theirs(serial) {
            return;
        }
        let until = now + self.timing.change * 2;
        let MediaEvent::Offered { audio, video, .. } = event else { return self.refuse_theirs() };
        let kinds = Kinds { audio, video };
        let Some(talk) = self.talk() else { return };
        let asks = kinds.has_video() && !talk.wanted.has_video() && talk.browser == Browser::Idle;
        let wanted = Kinds { audio: talk.wanted.audio, video };
        if let Some(theirs) = &mut talk.theirs {
            theirs.kinds = kinds;
            theirs.until = asks.then_some(until);
        }
        match asks {
            true => self.want(now, wanted),
            false => self.accept_theirs(now),
        }
    }

    /// The browser has agreed, or will not.
    pub(super) fn browser_agreed(&mut self, now: Instant) {
        if self.talk().is_some_and(|talk| talk.theirs.as_ref().is_some_and(|theirs| theirs.until.is_some())) {
            self.accept_theirs(now);
        }
    }

    fn accept_theirs(&mut self, now: Instant) {
        let Some(theirs) = self.talk().and_then(|talk| talk.theirs.as_mut()) else { return };
        theirs.until = None;
        let serial = theirs.serial;
        let command = MediaCommand::Accept { side: Side::Phone };
        self.ask_media(now, Side::Phone, Job::TheirsAnswer(serial), command);
    }

    pub(super) fn on_theirs_answered(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        if !self.is_theirs(serial) {
            return;
        }
        let MediaEvent::Answer { sdp, telephone_event, .. } = event else { return self.refuse_theirs() };
        let Some(talk) = self.talk() else { return };
        let Some(theirs) = talk.theirs.take() else { return };
        talk.rfc4733 = telephone_event;
        talk.told = talk.wanted;
        talk.alive.audio = theirs.kinds.audio;
        // A CANCEL may have taken the offer back: then both are brought together by one of ours.
        let is_taken_back = self.session().is_some_and(|session| session.may_offer());
        match self.session().filter(|_| !is_taken_back) {
            Some(session) => session.answer(now, sdp.into_bytes()),
            None => return,
        }
        self.set_held(!receives(theirs.kinds.audio));
    }

    /// The offer the phone asked for.
    pub(super) fn on_asked_media(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        if !self.is_theirs(serial) {
            return;
        }
        let MediaEvent::Offer { sdp, .. } = event else { return self.refuse_theirs() };
        let Some(talk) = self.talk() else { return };
        talk.theirs = None;
        talk.ours = Some((serial, talk.wanted));
        if let Some(session) = self.session() {
            session.answer(now, sdp.into_bytes());
        }
    }

    /// Tells the browser whether the phone holds it.
    pub(super) fn set_held(&mut self, held: bool) {
        let Some(talk) = self.talk() else { return };
        if std::mem::replace(&mut talk.held, held) != held {
            self.tell_info(|info| info.held = Some(held));
        }
    }

    pub(super) fn on_offer_timeout(&mut self, now: Instant) {
        let theirs = self.talk().and_then(|talk| talk.theirs.as_ref());
        if theirs.is_none_or(|theirs| theirs.until.is_none_or(|until| until > now)) {
            return;
        }
        let Some(talk) = self.talk() else { return };
        let (id, before) = (talk.leg, std::mem::replace(&mut talk.browser, Browser::Idle));
        match before {
            Browser::Asking { .. } => {
                // Without a picture then.
                self.command(MediaCommand::Rollback { side: Side::Browser });
                self.abort_asking(id);
            }
            Browser::Wanted { .. } => {}
            Browser::Idle | Browser::Theirs { .. } => {
                if let Some(talk) = self.talk() {
                    talk.browser = before;
                }
            }
        }
        self.accept_theirs(now);
    }

    /// Ends one SIP usage.
    pub(super) fn bye(&mut self, now: Instant, id: u64, reason: EndReason) {
        if self.is_main(id) {
            return self.end_all(now, reason, None);
        }
        if let Some(phone) = self.phone(id) {
            phone.leave(reasons::status(reason), &reasons::headers(reason), Some(reasons::header(reason)));
        }
    }
}
