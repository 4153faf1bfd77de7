//! Renegotiation with the browser, by it or by us. The lock of [`call::Change`] lets one of both offer.

use std::time::{Duration, Instant};

use call::change::{CREATOR_RETRY_MS, OTHER_RETRY_MS};
use call::{Party, Role, Verdict};
use signal::call::{Call, CallRef, Described};
use signal::{CallId, Error};

use super::call::SipCall;
use super::io::{MediaCommand, MediaEvent, Side};
use super::media::{Job, Kinds};

/// How often the browser is asked for the same thing.
const ATTEMPTS: u8 = 5;

/// How far the browser's side is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Browser {
    /// Nothing is under way; the lock may be asked or granted.
    Idle,
    /// Its offer is with the bridge. `waits`: until the phone has answered an offer of the same kinds.
    Theirs { serial: u64, kinds: Kinds, waits: bool },
    /// We want it to agree to `kinds`: not before `at`.
    Wanted { kinds: Kinds, at: Instant, left: u8 },
    /// The lock is asked for, or the offer is with the bridge, the browser, or its answer with the bridge.
    Asking { serial: u64, kinds: Kinds, left: u8 },
}

impl Browser {
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Browser::Wanted { at, .. } => Some(*at),
            Browser::Idle | Browser::Theirs { .. } | Browser::Asking { .. } => None,
        }
    }
}

impl SipCall {
    pub(super) fn on_change(&mut self, now: Instant, id: CallId, message: Call) -> Result<(), Error> {
        self.known(id)?.dialog.established()?;
        let until = now + self.timing.change;
        if self.talk().is_none_or(|talk| talk.leg != id) {
            return Ok(());
        }
        match message {
            Call::ChangeLock(_) => {
                match self.known(id)?.change.lock(Party::Browser, until) {
                    Verdict::Pass => {
                        self.known(id)?.change.lock_ok(Party::Engine, until);
                        self.send(id, Call::ChangeLockOk(CallRef { id, gcid: None }));
                    }
                    Verdict::Ignore | Verdict::Reset => self.reset(now, id),
                }
                Ok(())
            }
            Call::ChangeLockOk(_) => {
                match self.known(id)?.change.lock_ok(Party::Browser, until) {
                    Verdict::Pass => self.describe_asked(now),
                    Verdict::Ignore => {}
                    Verdict::Reset => self.reset(now, id),
                }
                Ok(())
            }
            Call::ChangeOffer(body) => self.on_change_offer(now, id, &body),
            Call::ChangeAnswer(body) => self.on_change_answer(now, id, &body),
            Call::ChangeLockReset(_) => {
                let leg = self.known(id)?;
                let is_answered = leg.change.is_free();
                match leg.change.lock_reset(Party::Browser) {
                    // Our answer crossed it: the browser did not take it.
                    Verdict::Pass if is_answered => self.bring_together(now),
                    Verdict::Pass => self.on_reset(now),
                    Verdict::Ignore | Verdict::Reset => {}
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn on_change_offer(&mut self, now: Instant, id: CallId, body: &Described) -> Result<(), Error> {
        let until = now + self.timing.change;
        let sdp = match self.screened(&body.sdp) {
            Ok(sdp) => sdp,
            Err(error) => {
                self.reset(now, id);
                return Err(error);
            }
        };
        if self.known(id)?.change.offer(Party::Browser, until) != Verdict::Pass {
            self.reset(now, id);
            return Ok(());
        }
        let serial = self.next();
        if let Some(talk) = self.talk() {
            talk.browser = Browser::Theirs { serial, kinds: talk.wanted, waits: false };
        }
        let command = MediaCommand::Offered { side: Side::Browser, sdp, fresh: false };
        self.ask_media(now, Side::Browser, Job::Change(serial), command);
        Ok(())
    }

    /// Its offer can be read.
    pub(super) fn on_change_media(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let Some(talk) = self.talk() else { return };
        let id = talk.leg;
        if !matches!(talk.browser, Browser::Theirs { serial: own, .. } if own == serial) {
            return;
        }
        let MediaEvent::Offered { audio, video, .. } = event else { return self.reset(now, id) };
        let kinds = Kinds { audio, video };
        let is_new = kinds.has_video() && !talk.wanted.has_video() && !talk.told.has_video();
        talk.browser = Browser::Theirs { serial, kinds, waits: is_new };
        match is_new {
            // The phone says first whether it wants a picture.
            true if self.may_offer() => self.offer_phone(now, kinds),
            true => self.reset(now, id),
            false => self.answer_change(now),
        }
    }

    pub(super) fn answer_change(&mut self, now: Instant) {
        let Some(talk) = self.talk() else { return };
        let Browser::Theirs { serial, waits, .. } = &mut talk.browser else { return };
        *waits = false;
        let serial = *serial;
        let command = MediaCommand::Accept { side: Side::Browser };
        self.ask_media(now, Side::Browser, Job::ChangeAnswer(serial), command);
    }

    pub(super) fn on_change_answered(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let Some(talk) = self.talk() else { return };
        let id = talk.leg;
        let kinds = match talk.browser {
            Browser::Theirs { serial: own, kinds, .. } if own == serial => Some(kinds),
            Browser::Idle | Browser::Theirs { .. } | Browser::Wanted { .. } | Browser::Asking { .. } => None,
        };
        match (kinds, event) {
            (Some(kinds), MediaEvent::Answer { sdp, .. }) => {
                (talk.wanted, talk.browser) = (kinds, Browser::Idle);
                if self.leg(id).is_some_and(|leg| leg.change.answer(Party::Engine) == Verdict::Pass) {
                    self.send(id, Call::ChangeAnswer(Described { id, gcid: None, sdp }));
                }
            }
            (Some(_), _) => self.reset(now, id),
            // It was taken back while the bridge put it into force.
            (None, MediaEvent::Answer { .. }) => self.bring_together(now),
            (None, _) => {}
        }
    }

    /// The browser took back what the bridge has put into force: an offer of ours brings both together again.
    fn bring_together(&mut self, now: Instant) {
        let Some(talk) = self.talk() else { return };
        if talk.browser == Browser::Idle {
            talk.browser = Browser::Wanted { kinds: talk.wanted, at: now, left: ATTEMPTS };
        }
    }

    /// Wants the browser to agree to `kinds`.
    pub(super) fn want(&mut self, now: Instant, kinds: Kinds) {
        if let Some(talk) = self.talk()
            && matches!(talk.browser, Browser::Idle | Browser::Wanted { .. })
        {
            talk.browser = Browser::Wanted { kinds, at: now, left: ATTEMPTS };
        }
    }

    /// Asks for the lock, if it is time to.
    pub(super) fn ask_browser(&mut self, now: Instant) {
        let until = now + self.timing.change;
        let serial = self.next();
        let Some(talk) = self.talk() else { return };
        let (id, Browser::Wanted { kinds, at, left }) = (talk.leg, talk.browser.clone()) else { return };
        let is_free = self.leg(id).is_some_and(|leg| leg.dialog.is_established() && leg.change.is_free());
        if at > now || !is_free {
            return;
        }
        if let Some(leg) = self.leg(id) {
            leg.change.lock(Party::Engine, until);
        }
        if let Some(talk) = self.talk() {
            talk.browser = Browser::Asking { serial, kinds, left };
        }
        self.send(id, Call::ChangeLock(CallRef { id, gcid: None }));
    }

    fn describe_asked(&mut self, now: Instant) {
        let Some(Browser::Asking { serial, kinds, .. }) = self.talk().map(|talk| talk.browser.clone()) else { return };
        let Kinds { audio, video } = kinds;
        let command = MediaCommand::Describe { side: Side::Browser, audio, video, fresh: false };
        self.ask_media(now, Side::Browser, Job::Ask(serial), command);
    }

    fn asks(&mut self, serial: u64) -> bool {
        self.talk().is_some_and(|talk| matches!(talk.browser, Browser::Asking { serial: own, .. } if own == serial))
    }

    pub(super) fn on_ask_media(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        let until = now + self.timing.change;
        let Some(id) = self.talk().map(|talk| talk.leg).filter(|_| self.asks(serial)) else { return };
        let MediaEvent::Offer { sdp, .. } = event else { return self.give_up_asking(now, id) };
        match self.leg(id).map(|leg| leg.change.offer(Party::Engine, until)) {
            Some(Verdict::Pass) => self.send(id, Call::ChangeOffer(Described { id, gcid: None, sdp })),
            Some(Verdict::Ignore | Verdict::Reset) | None => self.reset(now, id),
        }
    }

    fn on_change_answer(&mut self, now: Instant, id: CallId, body: &Described) -> Result<(), Error> {
        let sdp = match self.screened(&body.sdp) {
            Ok(sdp) => sdp,
            Err(error) => {
                self.reset(now, id);
                return Err(error);
            }
        };
        if self.known(id)?.change.answer(Party::Browser) != Verdict::Pass {
            self.reset(now, id);
            return Ok(());
        }
        if let Some(Browser::Asking { serial, .. }) = self.talk().map(|talk| talk.browser.clone()) {
            let command = MediaCommand::Answered { side: Side::Browser, sdp };
            self.ask_media(now, Side::Browser, Job::AskAnswer(serial), command);
        }
        Ok(())
    }

    pub(super) fn on_ask_answered(&mut self, now: Instant, serial: u64, event: MediaEvent) {
        if !self.asks(serial) {
            return;
        }
        let Some(talk) = self.talk() else { return };
        talk.browser = Browser::Idle;
        if let MediaEvent::Applied { audio, video, .. } = event {
            talk.wanted = Kinds { audio, video };
        }
        self.browser_agreed(now);
    }

    /// The browser cannot be asked; the phone is answered without it.
    fn give_up_asking(&mut self, now: Instant, id: CallId) {
        if let Some(talk) = self.talk() {
            talk.browser = Browser::Idle;
        }
        self.abort_asking(id);
        self.browser_agreed(now);
    }

    /// Takes back whatever is under way, and says so.
    pub(super) fn reset(&mut self, now: Instant, id: CallId) {
        if let Some(leg) = self.leg(id) {
            leg.change.abort();
            self.send(id, Call::ChangeLockReset(CallRef { id, gcid: None }));
        }
        self.on_reset(now);
    }

    pub(super) fn abort_asking(&mut self, id: CallId) {
        if let Some(leg) = self.leg(id).filter(|leg| !leg.change.is_free()) {
            leg.change.abort();
            self.send(id, Call::ChangeLockReset(CallRef { id, gcid: None }));
        }
    }

    /// A change was taken back, by whomever.
    fn on_reset(&mut self, now: Instant) {
        let delay = self.retry_delay();
        let Some(talk) = self.talk() else { return };
        let before = std::mem::replace(&mut talk.browser, Browser::Idle);
        match before {
            Browser::Idle => {}
            Browser::Theirs { .. } => self.command(MediaCommand::Rollback { side: Side::Browser }),
            Browser::Wanted { .. } => talk.browser = before,
            Browser::Asking { kinds, left, .. } => {
                if let Some(left) = left.checked_sub(1) {
                    talk.browser = Browser::Wanted { kinds, at: now + delay, left };
                }
                self.command(MediaCommand::Rollback { side: Side::Browser });
                if left == 0 {
                    self.browser_agreed(now);
                }
            }
        }
    }

    /// RFC 3261 section 14.1: who created the leg waits longer.
    fn retry_delay(&mut self) -> Duration {
        let id = self.browser();
        let is_ours = id.and_then(|id| self.leg(id)).is_some_and(|leg| leg.dialog.role() == Role::Callee);
        Duration::from_millis(self.random.u64(if is_ours { CREATOR_RETRY_MS } else { OTHER_RETRY_MS }))
    }

    pub(super) fn on_change_timeout(&mut self, now: Instant) {
        let Some(id) = self.talk().map(|talk| talk.leg) else { return };
        if self.leg(id).is_some_and(|leg| leg.change.expire(now)) {
            self.reset(now, id);
        }
    }
}
