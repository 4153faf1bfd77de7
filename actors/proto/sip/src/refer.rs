//! REFER (RFC 3515) with Replaces (RFC 3891) and Referred-By (RFC 3892): calls handed on, blind or to another
//! call, and what is told of how that went.
//!
//! - [`Referral`]: what a REFER asks for, read or to be written.
//! - [`Progress`]: how it goes, in NOTIFYs of the subscription that each REFER makes.
//! - [`Transfer`]: the asking side until it knows.
//!
//! ```text
//!  REFER sent ► Asked ──2xx──► Trying ──NOTIFY 1xx──► Trying
//!                 │ ≥300          │ NOTIFY ≥200, terminated, silence
//!                 V               V
//!               Done            Done
//! ```

use std::time::{Duration, Instant};

use crate::message::{Headers, MediaType, NameAddr, Replaces, Request, Status, Uri, Valued, name};

/// How long the asking side waits for news, from the last on: as long as a phone rings.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Longest message/sipfrag body that is looked at, in bytes.
const FRAGMENT_BYTES: usize = 4096;

/// What a REFER asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Referral {
    /// Whom to call; without header part.
    pub target: Uri,
    /// Which call of the target to take over.
    pub replaces: Option<Replaces>,
    /// Who asks.
    pub referred_by: Option<NameAddr>,
}

impl Referral {
    /// Reads a REFER.
    ///
    /// Errors: the status to answer with; 400 unless there is one Refer-To (section 2.4.1) with an INVITE in it.
    pub fn of_request(request: &Request) -> Result<Referral, Status> {
        let headers = &request.headers;
        let refer_to = headers.refer_to().ok().flatten().ok_or(Status::BAD_REQUEST)?;
        let referred_by = headers.referred_by().map_err(|_| Status::BAD_REQUEST)?;
        let mut target = refer_to.uri;
        let mut replaces = None;
        if let Uri::Sip(uri) = &mut target {
            if uri.params().raw("method").is_some_and(|method| method != "INVITE") {
                return Err(Status::BAD_REQUEST);
            }
            let part = uri.headers().find(|(name, _)| name.eq_ignore_ascii_case("Replaces"));
            let read = part.map(|(_, value)| Replaces::parse(&value).ok_or(Status::BAD_REQUEST));
            replaces = read.transpose()?;
            uri.clear_headers();
        }
        match target.scheme() {
            "sip" | "sips" | "tel" => Ok(Referral { target, replaces, referred_by }),
            _ => Err(Status::UNSUPPORTED_URI_SCHEME),
        }
    }

    /// The headers of a REFER that asks for this.
    pub fn headers(&self) -> Headers {
        let mut target = self.target.clone();
        if let (Uri::Sip(uri), Some(replaces)) = (&mut target, &self.replaces) {
            uri.push_header("Replaces", &replaces.to_string());
        }
        let mut headers = Headers::new();
        headers.push(name::REFER_TO, NameAddr::new(target));
        headers.extend(&name::REFERRED_BY, &self.referred_by);
        headers
    }
}

/// How the call that was asked for goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Of the new call.
    pub status: Status,
    /// Whether nothing more will be told.
    pub is_last: bool,
}

impl Progress {
    /// The headers and body of a NOTIFY (section 2.4.4 and 2.4.5). `id`: CSeq number of the REFER.
    pub fn notification(self, id: u32) -> (Headers, (MediaType, Vec<u8>)) {
        let mut headers = Headers::new();
        headers.push(name::EVENT, format!("refer;id={id}"));
        let state = if self.is_last { "terminated;reason=noresource" } else { "active;expires=120" };
        headers.push(name::SUBSCRIPTION_STATE, state);
        let mut kind = MediaType::sipfrag();
        kind.params.set("version", "2.0");
        let body = format!("SIP/2.0 {} {}\r\n", self.status, self.status.reason());
        (headers, (kind, body.into_bytes()))
    }

    /// Reads a NOTIFY.
    ///
    /// Errors: the status to answer with; 489 for another event package, 400 for what cannot be read.
    pub fn of_notify(request: &Request) -> Result<Progress, Status> {
        let event = request.headers.event().ok().flatten().ok_or(Status::BAD_REQUEST)?;
        if !event.value.eq_ignore_ascii_case("refer") {
            return Err(Status::BAD_EVENT);
        }
        let state: Valued = request.headers.subscription_state().ok().flatten().ok_or(Status::BAD_REQUEST)?;
        let kind = request.headers.content_type().ok().flatten();
        if !kind.is_some_and(|kind| kind.is("message/sipfrag")) || request.body().len() > FRAGMENT_BYTES {
            return Err(Status::BAD_REQUEST);
        }
        let status = fragment(request.body()).ok_or(Status::BAD_REQUEST)?;
        let is_last = status.is_final() || state.value.eq_ignore_ascii_case("terminated");
        Ok(Progress { status, is_last })
    }
}

/// The status of a message/sipfrag (RFC 3420), which begins with a status line here.
fn fragment(body: &[u8]) -> Option<Status> {
    let text = String::from_utf8_lossy(body);
    let mut words = text.lines().next()?.splitn(3, ' ');
    let version = words.next()?;
    let code = words.next()?.trim_end();
    let code = (version.eq_ignore_ascii_case("SIP/2.0") && code.len() == 3).then(|| code.parse().ok()).flatten()?;
    Status::new(code)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Asked,
    Trying,
    Done,
}

/// A REFER of ours until its outcome is known; see the module.
#[derive(Clone, Debug)]
pub struct Transfer {
    state: State,
    deadline: Option<Instant>,
}

impl Transfer {
    /// The REFER is sent.
    pub fn new(now: Instant) -> Transfer {
        Transfer { state: State::Asked, deadline: Some(now + PATIENCE) }
    }

    /// Whether the other side said that it will try, and nothing final since.
    pub fn is_accepted(&self) -> bool {
        self.state == State::Trying
    }

    /// The final response to the REFER; the outcome if it is one. A 2xx says only that it will be tried.
    pub fn on_response(&mut self, now: Instant, status: Status) -> Option<Status> {
        match self.state {
            State::Asked if status.is_success() => {
                (self.state, self.deadline) = (State::Trying, Some(now + PATIENCE));
                None
            }
            State::Asked if status.is_failure() => self.done(status),
            State::Asked | State::Trying | State::Done => None,
        }
    }

    /// News; the outcome if it is the last. A NOTIFY may overtake the response to the REFER.
    pub fn on_progress(&mut self, now: Instant, progress: Progress) -> Option<Status> {
        match self.state {
            State::Asked | State::Trying if progress.is_last => self.done(progress.status),
            State::Asked | State::Trying => {
                (self.state, self.deadline) = (State::Trying, Some(now + PATIENCE));
                None
            }
            State::Done => None,
        }
    }

    /// It is `now`; 408 if patience is at its end.
    pub fn on_wake(&mut self, now: Instant) -> Option<Status> {
        self.deadline.is_some_and(|at| at <= now).then(|| self.done(Status::REQUEST_TIMEOUT)).flatten()
    }

    /// When to be woken.
    pub fn wake(&self) -> Option<Instant> {
        self.deadline
    }

    fn done(&mut self, status: Status) -> Option<Status> {
        (self.state, self.deadline) = (State::Done, None);
        Some(status)
    }
}

#[cfg(test)]
mod tests;
