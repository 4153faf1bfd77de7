//! [`Ping`]: OPTIONS again and again, to know whether the other side is there (RFC 3261 section 11): a trunk without
//! registration, or a path that needs more than CRLF to stay open.

use std::time::{Duration, Instant};

use crate::message::{CSeq, Headers, Method, NameAddr, Request, Response, Status, Uri, name};

/// Least and most time between two requests.
pub const INTERVAL: std::ops::RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3600);

/// Whom to ask, and as whom.
#[derive(Clone, Debug)]
pub struct Target {
    /// Request-URI and To: the other side, without a user.
    pub uri: Uri,
    /// From, without tag.
    pub from: NameAddr,
    /// Time between the end of one request and the next, brought into [`INTERVAL`].
    pub interval: Duration,
    /// How many in a row may fail before the other side counts as gone; at least one.
    pub patience: u32,
    /// Unguessable.
    pub call_id: String,
    /// Of From.
    pub tag: String,
    /// User-Agent, Accept, … of each request.
    pub extra: Headers,
}

/// What the user learns, each once until the other comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It answers; whatever the status, somebody is there, except 408 and 503, by which a proxy says that nobody is.
    Reachable,
    /// It does not: 408, or 503 if the request could not be sent.
    Unreachable(Status),
}

/// See the module.
#[derive(Debug)]
pub struct Ping {
    target: Target,
    cseq: u32,
    /// Whether a request is under way.
    asking: bool,
    failures: u32,
    told: Option<bool>,
    wake: Option<Instant>,
}

impl Ping {
    /// Asks first at `now`.
    pub fn new(now: Instant, target: Target) -> Ping {
        Ping { target, cseq: 0, asking: false, failures: 0, told: None, wake: Some(now) }
    }

    /// It is `now`: a request to send, after adding Via.
    pub fn on_wake(&mut self, now: Instant) -> Option<Request> {
        self.wake.take_if(|at| *at <= now)?;
        (self.asking, self.cseq) = (true, self.cseq % (i32::MAX as u32) + 1);
        let Target { uri, from, call_id, tag, extra, .. } = &self.target;
        let mut request = Request::new(Method::Options, uri.clone());
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.push(name::FROM, from.clone().with_tag(tag));
        request.headers.push(name::TO, NameAddr::new(uri.clone()));
        request.headers.push(name::CALL_ID, call_id);
        request.headers.push(name::CSEQ, CSeq { number: self.cseq, method: Method::Options });
        extra.iter().for_each(|header| request.headers.push(header.name().clone(), header.text()));
        Some(request)
    }

    /// A response. `chance`, any number: up to a tenth of the interval is waited longer.
    pub fn on_response(&mut self, now: Instant, response: &Response, chance: u32) -> Option<Event> {
        let status = response.status();
        let is_last = response.cseq() == Ok(CSeq { number: self.cseq, method: Method::Options });
        match status {
            _ if !is_last || !status.is_final() => None,
            Status::REQUEST_TIMEOUT | Status::SERVICE_UNAVAILABLE => self.on_no_response(now, status, chance),
            _ => self.done(now, chance).then(|| self.reached()).flatten(),
        }
    }

    /// No response (408), or it could not be sent (503).
    pub fn on_no_response(&mut self, now: Instant, status: Status, chance: u32) -> Option<Event> {
        if !self.done(now, chance) {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        let is_gone = self.failures >= self.target.patience.max(1) && self.told != Some(false);
        is_gone.then(|| {
            self.told = Some(false);
            Event::Unreachable(status)
        })
    }

    /// Whether a request was under way.
    fn done(&mut self, now: Instant, chance: u32) -> bool {
        let interval = self.target.interval.clamp(*INTERVAL.start(), *INTERVAL.end());
        let more = (interval / 10).mul_f64(f64::from(chance) / f64::from(u32::MAX));
        if self.asking {
            self.wake = Some(now + interval + more);
        }
        std::mem::take(&mut self.asking)
    }

    fn reached(&mut self) -> Option<Event> {
        self.failures = 0;
        (self.told.replace(true) != Some(true)).then_some(Event::Reachable)
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        self.wake
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(now: Instant) -> Ping {
        let uri = Uri::parse("sip:trunk.example").unwrap();
        let from = NameAddr::parse("<sip:engine.example>").unwrap();
        let interval = Duration::from_secs(30);
        let (call_id, tag) = ("ping".into(), "p".into());
        Ping::new(now, Target { uri, from, interval, patience: 2, call_id, tag, extra: Headers::new() })
    }

    /// One request; `None`: nobody answers.
    fn ask(ping: &mut Ping, now: &mut Instant, status: Option<u16>) -> Option<Event> {
        *now = ping.wake().unwrap();
        let request = ping.on_wake(*now).unwrap();
        match status {
            Some(status) => ping.on_response(*now, &request.response(Status::new(status).unwrap(), Some("x")), 0),
            None => ping.on_no_response(*now, Status::REQUEST_TIMEOUT, 0),
        }
    }

    #[test]
    fn who_comes_and_goes_is_told_once() {
        let mut now = Instant::now();
        let mut ping = ping(now);
        let seen: Vec<_> = [Some(200), Some(404), None, None, None, Some(503), Some(405), None, Some(200)]
            .into_iter()
            .map(|status| ask(&mut ping, &mut now, status))
            .collect();
        let gone = Some(Event::Unreachable(Status::REQUEST_TIMEOUT));
        let there = Some(Event::Reachable);
        assert_eq!(seen, [there, None, None, gone, None, None, there, None, None]);
    }

    #[test]
    fn the_next_waits_for_the_last_and_old_responses_count_nothing() {
        let now = Instant::now();
        let mut ping = ping(now);
        let first = ping.on_wake(now).unwrap();
        assert_eq!((ping.wake(), ping.on_wake(now + Duration::from_secs(99)).is_none()), (None, true));
        assert_eq!(ping.on_no_response(now, Status::REQUEST_TIMEOUT, u32::MAX), None);
        assert_eq!(ping.wake(), Some(now + Duration::from_secs(33)));
        let second = ping.on_wake(now + Duration::from_secs(33)).unwrap();
        assert_eq!(ping.on_response(now, &first.response(Status::OK, None), 0), None);
        assert_eq!(ping.on_response(now, &second.response(Status::OK, None), 0), Some(Event::Reachable));
    }
}
