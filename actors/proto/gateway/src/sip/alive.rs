//! Whether the phone is still there, where its media does not show it: it holds, or is held, or has said nothing for a
//! while. It is asked by OPTIONS in the dialog; any response will do but one that knows no such dialog (RFC 5057 section
//! 5.1), and none ends the call.

use std::time::{Duration, Instant};

use sdp::Direction;
use sip::message::{Headers, Method};

use super::call::SipCall;
use super::phone::Phone;

/// How often it is asked: with the 32 s of a request without response, less than the 90 s in which no leg may outlive its
/// peer.
const EVERY: Duration = Duration::from_secs(30);

/// What is known of that.
#[derive(Debug, Default)]
pub(super) struct Alive {
    /// What the phone said last of its audio.
    pub audio: Direction,
    /// It should have been heard, and was not; whether it is again nobody tells.
    is_silent: bool,
    /// An OPTIONS is under way.
    is_asked: bool,
    ask_at: Option<Instant>,
}

impl Alive {
    /// Of a phone that said this of its audio.
    pub fn new(audio: Direction) -> Alive {
        Alive { audio, ..Alive::default() }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.ask_at
    }
}

impl SipCall {
    /// The bridge misses the phone's media.
    pub(super) fn on_silent(&mut self, now: Instant) {
        if let Some(talk) = self.talk() {
            talk.alive.is_silent = true;
            talk.alive.ask_at = Some(now);
        }
        self.ask_whether_alive(now);
    }

    /// The OPTIONS was answered.
    pub(super) fn on_alive_response(&mut self) {
        if let Some(talk) = self.talk() {
            talk.alive.is_asked = false;
        }
    }

    /// Asks, if it is time to, and says when it is.
    pub(super) fn ask_whether_alive(&mut self, now: Instant) {
        let Some(talk) = self.talk() else { return };
        let is_heard = talk.told.audio == Direction::SendRecv && talk.alive.audio == Direction::SendRecv;
        if (is_heard && !talk.alive.is_silent) || talk.alive.is_asked {
            talk.alive.ask_at = None;
            return;
        }
        if *talk.alive.ask_at.get_or_insert(now + EVERY) > now {
            return;
        }
        talk.alive.ask_at = None;
        let id = talk.phone;
        if let Some(session) = id.and_then(|id| self.phone(id)).and_then(Phone::session) {
            session.send(Method::Options, &Headers::new(), None);
            if let Some(talk) = self.talk() {
                talk.alive.is_asked = true;
            }
        }
    }
}
