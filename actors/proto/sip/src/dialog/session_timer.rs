//! [`SessionTimer`]: a session that nobody refreshes ends (RFC 4028).

use std::time::{Duration, Instant};

use crate::message::{Refresher, Request, Response, SessionExpires, Status, name};

/// What we ask for and accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerPolicy {
    /// Session-Expires of our requests, in seconds.
    pub interval: u32,
    /// The least we accept, in seconds; 90 by RFC 4028 section 5.
    pub minimum: u32,
}

impl Default for TimerPolicy {
    fn default() -> TimerPolicy {
        TimerPolicy { interval: 1800, minimum: 90 }
    }
}

/// What the timer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send a refresh: UPDATE, or INVITE with the same description.
    Refresh,
    /// Nobody refreshed: send BYE (section 10).
    Expired,
}

/// How often a request is sent again with a larger interval: each proxy on the way may have a minimum of its own.
const DEMANDS: u8 = 4;
/// When a refresh that did not come about is tried again.
const AGAIN: Duration = Duration::from_secs(10);
/// The longest interval, in seconds.
const LONGEST: u32 = 86_400;

/// The timer of one dialog. It runs once a 2xx set it.
#[derive(Clone, Debug, Default)]
pub struct SessionTimer {
    interval: Option<u32>,
    /// The least we accept.
    minimum: u32,
    /// The most that 422 responses asked for (section 7.3), and how many there were.
    demanded: u32,
    demands: u8,
    we_refresh: bool,
    refresh_at: Option<Instant>,
    expires_at: Option<Instant>,
}

impl SessionTimer {
    /// Not running.
    pub fn new(policy: TimerPolicy) -> SessionTimer {
        SessionTimer { minimum: policy.minimum, ..SessionTimer::default() }
    }

    /// Says in our INVITE or UPDATE what we want (section 7.1). A refresh keeps the roles.
    pub fn request(&self, request: &mut Request, policy: TimerPolicy) {
        let refresher = self.interval.map(|_| if self.we_refresh { Refresher::Uac } else { Refresher::Uas });
        let minimum = self.minimum.max(self.demanded);
        let interval = self.interval.unwrap_or(policy.interval).max(minimum);
        request.headers.set(name::SESSION_EXPIRES, SessionExpires { interval, refresher });
        request.headers.set(name::MIN_SE, minimum);
        if !request.headers.supports("timer") {
            // Without it the other side may not take the timer up (section 7.1).
            request.headers.push(name::SUPPORTED, "timer");
        }
    }

    /// A 422: whether it makes sense to ask again, with "the largest Min-SE header field value […] of all 422 responses"
    /// (section 7.3).
    pub fn too_small(&mut self, response: &Response) -> bool {
        let demanded = response.headers.min_se().ok().flatten().unwrap_or(0);
        let is_more = demanded > self.minimum.max(self.demanded) && demanded <= LONGEST;
        let again = is_more && self.demands < DEMANDS;
        if again {
            (self.demanded, self.demands) = (demanded, self.demands + 1);
        }
        again
    }

    /// The 422 to an INVITE or UPDATE that asks for an interval below ours: "the UAS […] MUST include the Min-SE header field
    /// with its minimum" (section 9). `tag`: of To, where it has none yet.
    pub fn refusal(&self, request: &Request, tag: &str) -> Option<Response> {
        let asked = request.headers.session_expires().ok().flatten()?;
        (asked.interval < self.minimum).then(|| {
            let mut refusal = request.response(Status::SESSION_INTERVAL_TOO_SMALL, Some(tag));
            refusal.headers.push(name::MIN_SE, self.minimum);
            refusal
        })
    }

    /// The 2xx to our INVITE or UPDATE (section 7.2). Without Session-Expires the timer is off.
    pub fn accepted(&mut self, now: Instant, response: &Response) {
        match response.headers.session_expires() {
            Ok(Some(read)) => self.run(now, read.interval, read.refresher != Some(Refresher::Uas)),
            Ok(None) | Err(_) => self.stop(),
        }
    }

    /// An INVITE or UPDATE that is not [refused](SessionTimer::refusal) is accepted (section 9): what the 2xx says.
    pub fn answer(&mut self, now: Instant, request: &Request, response: &mut Response) {
        let Ok(Some(asked)) = request.headers.session_expires() else { return self.stop() };
        let caller_can = request.headers.supports("timer");
        let refresher = match asked.refresher {
            Some(Refresher::Uac) if caller_can => Refresher::Uac,
            Some(Refresher::Uas) => Refresher::Uas,
            Some(Refresher::Uac) | None => {
                if caller_can {
                    Refresher::Uac
                } else {
                    Refresher::Uas
                }
            }
        };
        response
            .headers
            .set(name::SESSION_EXPIRES, SessionExpires { interval: asked.interval, refresher: Some(refresher) });
        if caller_can {
            response.headers.push(name::REQUIRE, "timer");
        }
        self.run(now, asked.interval, refresher == Refresher::Uas);
    }

    fn run(&mut self, now: Instant, interval: u32, we_refresh: bool) {
        let interval = interval.max(self.minimum).min(LONGEST);
        let whole = Duration::from_secs(interval.into());
        self.interval = Some(interval);
        self.we_refresh = we_refresh;
        self.refresh_at = we_refresh.then(|| now + whole / 2);
        // Before it really ends, so that the BYE arrives in time (section 10).
        self.expires_at = Some(now + whole - (whole / 3).min(Duration::from_secs(32)));
    }

    fn stop(&mut self) {
        (self.interval, self.refresh_at, self.expires_at) = (None, None, None);
    }

    /// What is due, once.
    pub fn on_wake(&mut self, now: Instant) -> Option<Due> {
        if self.expires_at.is_some_and(|at| at <= now) {
            self.stop();
            return Some(Due::Expired);
        }
        self.refresh_at.take_if(|at| *at <= now).map(|_| Due::Refresh)
    }

    /// The refresh could not be sent, or was refused: once more soon.
    pub fn postpone(&mut self, now: Instant) {
        if self.we_refresh && self.interval.is_some() {
            self.refresh_at = Some(now + AGAIN);
        }
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        match (self.refresh_at, self.expires_at) {
            (Some(refresh), Some(expires)) => Some(refresh.min(expires)),
            (refresh, expires) => refresh.or(expires),
        }
    }
}

#[cfg(test)]
mod tests;
