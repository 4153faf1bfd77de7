//! Whether the phone is still there, where its media does not show it: it holds, or is held, or has said nothing for a
//! while, or a request did not get through to it. It is asked by OPTIONS in the dialog. No response, or one that knows no
//! such dialog, ends the call (RFC 3261 section 12.2.1.2). That it cannot be reached, as the transport or a proxy says,
//! ends it once it is said again after a while: proxies restart, and names are not always found. Any other response will
//! do.

use std::time::{Duration, Instant};

use sdp::Direction;
use sip::message::{Headers, Method, Status};

use super::call::SipCall;
use super::phone::Phone;

/// How often it is asked: with the 32 s of a request without response, less than the 90 s in which no leg may outlive its
/// peer.
const EVERY: Duration = Duration::from_secs(30);

/// How long a phone that cannot be reached may be so: with the 30 s until its silence is noticed and the 32 s of a request
/// without response still less than those 90 s.
const PATIENCE: Duration = Duration::from_secs(20);

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
    /// Since when it cannot be reached.
    missed_at: Option<Instant>,
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
            talk.alive.ask_at = talk.alive.missed_at.map_or(Some(now), |_| talk.alive.ask_at);
        }
        self.ask_whether_alive(now);
    }

    /// How a request in a dialog fared; `status`: of its response, or why there is none.
    pub(super) fn on_reached(&mut self, now: Instant, id: u64, method: &Method, status: Status) {
        // The end is not waited for, and the subscription of a transfer may be gone alone (RFC 5057 section 5.1).
        if !self.is_main(id) || !status.is_final() || matches!(method, Method::Bye | Method::Notify) {
            return;
        }
        let Some(talk) = self.talk() else { return };
        talk.alive.is_asked &= *method != Method::Options;
        if !is_unreachable(status) {
            talk.alive.missed_at = None;
            return;
        }
        let since = *talk.alive.missed_at.get_or_insert(now);
        talk.alive.ask_at = Some(since + PATIENCE);
        if since + PATIENCE <= now
            && let Some(session) = self.phone(id).and_then(Phone::session)
        {
            session.lose();
        }
    }

    /// Asks, if it is time to, and says when it is.
    pub(super) fn ask_whether_alive(&mut self, now: Instant) {
        let Some(talk) = self.talk() else { return };
        let is_heard = talk.told.audio == Direction::SendRecv && talk.alive.audio == Direction::SendRecv;
        let is_known = is_heard && !talk.alive.is_silent && talk.alive.missed_at.is_none();
        if is_known || talk.alive.is_asked {
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

/// Whether that says that nobody is there who could answer: what ends a dialog by RFC 5057 section 5.1, a flow that is gone
/// (430, RFC 5626 section 11; 477 and 478 of Kamailio), or a way that is blocked.
fn is_unreachable(status: Status) -> bool {
    matches!(status.code(), 404 | 410 | 416 | 430 | 477 | 478 | 480 | 482..=485 | 502..=504 | 604)
}
