//! Keys, both ways.
//!
//! Towards the phone they go one after the other, by RFC 4733 where that is agreed on and the line allows it, else by
//! INFO; what the browser sends as RTP is reported by the bridge and goes the same way, so no key goes twice. From the
//! phone they come by RTP or INFO; some phones say each in both.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use call::dtmf::{Tone, tones};
use signal::call::{Call, Dtmf};
use signal::limits::DTMF_MS;
use signal::{CallId, Code, Error};
use sip::dtmf::Press;
use sip::message::{Headers, Method, Response, Status};

use super::call::SipCall;
use super::io::{DtmfMode, MediaCommand};
use super::phone::Phone;
use super::reasons;

/// How long a key is held if nobody says.
const HELD: Duration = Duration::from_millis(160);
/// Silence behind a key, and what `,` means (W3C WebRTC 1.0, insertDTMF).
const GAP: Duration = Duration::from_millis(70);
const PAUSE: Duration = Duration::from_secs(2);
/// Most keys and pauses that wait.
const WAITING: usize = 256;
/// How far apart the two reports of one press may be: one way may tell its begin, the other its end.
const TWICE: Duration = Duration::from_secs(5);

/// How a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// RFC 4733.
    Rtp,
    /// SIP.
    Info,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Keys {
    waiting: VecDeque<(Tone, Duration)>,
    /// The next one begins no earlier.
    next_at: Option<Instant>,
    /// An INFO is not answered yet.
    is_asking: bool,
    /// The phone takes no INFO.
    is_refused: bool,
    /// Presses of the phone's that may be told once more.
    heard: VecDeque<(Instant, char, Way)>,
}

impl Keys {
    pub fn deadline(&self) -> Option<Instant> {
        self.next_at.filter(|_| !self.is_asking && !self.waiting.is_empty())
    }

    fn next(&mut self, now: Instant) -> Option<(char, Duration)> {
        while !self.is_asking && self.next_at.is_none_or(|at| at <= now) {
            match self.waiting.pop_front()? {
                (Tone::Pause, _) => self.next_at = Some(now + PAUSE),
                (Tone::Digit(key), held) => {
                    self.next_at = Some(now + held + GAP);
                    return Some((key, held));
                }
            }
        }
        None
    }

    /// A press of the phone's; `false`: it was told the other way already.
    fn hear(&mut self, now: Instant, key: char, way: Way) -> bool {
        self.heard.retain(|(at, ..)| *at + TWICE > now);
        let other = self.heard.iter().position(|(_, known, by)| *known == key && *by != way);
        match other {
            Some(at) => drop(self.heard.remove(at)),
            None => self.heard.push_back((now, key, way)),
        }
        if self.heard.len() > WAITING {
            self.heard.pop_front();
        }
        other.is_none()
    }
}

impl SipCall {
    /// `call.dtmf`
    pub(super) fn on_dtmf(&mut self, now: Instant, id: CallId, body: &Dtmf) -> Result<(), Error> {
        let tones = tones(&body.dtmf)?;
        self.known(id)?.dialog.established()?;
        let held = body.duration_ms.map_or(HELD, |ms| Duration::from_millis(ms.into()));
        if self.talk().is_none() {
            return Err(SipCall::not_answered());
        }
        if self.way().is_none() {
            return Err(Error::new(Code::NotSupported, "dtmf: the phone takes none"));
        }
        if self.talk().is_some_and(|talk| talk.keys.waiting.len() + tones.len() > WAITING) {
            return Err(Error::new(Code::LimitExceeded, format!("dtmf: at most {WAITING} keys that wait expected")));
        }
        self.press(now, tones.into_iter().map(|tone| (tone, held)));
        Ok(())
    }

    /// A key of the browser's that came as RTP.
    pub(super) fn on_browser_key(&mut self, now: Instant, key: char, held: Duration) {
        let has_room = self.talk().is_some_and(|talk| talk.keys.waiting.len() < WAITING);
        self.press(now, has_room.then_some((Tone::Digit(key), held)));
    }

    fn press(&mut self, now: Instant, tones: impl IntoIterator<Item = (Tone, Duration)>) {
        if let Some(talk) = self.talk() {
            talk.keys.waiting.extend(tones);
        }
        self.press_next(now);
    }

    /// How keys go to the phone now, if at all.
    fn way(&mut self) -> Option<Way> {
        let mode = self.line.dtmf;
        let talk = self.talk()?;
        match (mode, talk.rfc4733, talk.keys.is_refused) {
            (DtmfMode::Auto | DtmfMode::Rfc4733, true, _) => Some(Way::Rtp),
            (DtmfMode::Auto, false, false) | (DtmfMode::Info, _, false) => Some(Way::Info),
            (DtmfMode::Rfc4733, false, _) | (DtmfMode::Auto, false, true) | (DtmfMode::Info, _, true) => None,
        }
    }

    pub(super) fn press_next(&mut self, now: Instant) {
        while let Some((key, held)) = self.talk().and_then(|talk| talk.keys.next(now)) {
            let duration_ms = u32::try_from(held.as_millis()).unwrap_or(u32::MAX);
            match self.way() {
                Some(Way::Rtp) => self.command(MediaCommand::Dtmf { digits: key.to_string(), duration_ms }),
                Some(Way::Info) => self.inform(key, held),
                None => self.keys_failed("the phone takes none".into()),
            }
        }
    }

    /// A key by INFO; the next one waits for its response.
    fn inform(&mut self, key: char, held: Duration) {
        let Some(press) = Press::new(key, held) else { return };
        let id = self.talk().and_then(|talk| talk.phone);
        if let Some(session) = id.and_then(|id| self.phone(id)).and_then(Phone::session) {
            session.send(Method::Info, &Headers::new(), Some(press.body()));
            if let Some(talk) = self.talk() {
                talk.keys.is_asking = true;
            }
        }
    }

    /// The response to the INFO of a key.
    pub(super) fn on_key_told(&mut self, now: Instant, response: &Response) {
        let Some(talk) = self.talk() else { return };
        talk.keys.is_asking = false;
        let status = response.status();
        if status.is_failure() {
            // These are said of every INFO.
            let refused = [Status::METHOD_NOT_ALLOWED, Status::UNSUPPORTED_MEDIA_TYPE, Status::NOT_IMPLEMENTED];
            talk.keys.is_refused |= refused.contains(&status);
            self.keys_failed(reasons::detail(status, Some(response)));
        }
        self.press_next(now);
    }

    /// What was dialled did not arrive, and what would come after it makes no sense.
    pub(super) fn keys_failed(&mut self, detail: String) {
        if let Some(talk) = self.talk() {
            talk.keys.waiting.clear();
        }
        self.tell_info(|info| drop(info.more.insert("dtmfFailed".into(), detail.into())));
    }

    /// A key of the phone's, for the browser.
    pub(super) fn tell_key(&mut self, now: Instant, key: char, held: Duration, way: Way) {
        let Some(talk) = self.talk() else { return };
        let id = talk.leg;
        if talk.keys.hear(now, key, way) {
            let ms = u32::try_from(held.as_millis()).unwrap_or(u32::MAX).clamp(*DTMF_MS.start(), *DTMF_MS.end());
            let dtmf = key.to_string();
            self.send(id, Call::Dtmf(Dtmf { id, gcid: None, dtmf, duration_ms: Some(ms), account: None }));
        }
    }
}
