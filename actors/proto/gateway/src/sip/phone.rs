//! One SIP usage: an INVITE, then a session.

use std::time::{Duration, Instant};

use sip::dialog::{Dialog, DialogId, Negotiation, SessionTimer};
use sip::invite::{Incoming, Outgoing, Session, Setup};
use sip::message::{Headers, Method, NameAddr, Reason, Request, Status, name};
use sip::transaction::ServerKey;

use super::io::{GCID_HEADER, Line};

/// How long a fork that answers late is still acknowledged and ended (RFC 6026 timer M).
const LINGER: Duration = Duration::from_secs(32);
/// What the responses and requests of a call say of it.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, REFER, NOTIFY, OPTIONS";

/// A request of ours that is under way.
#[derive(Debug)]
pub(super) struct Sent {
    pub phone: u64,
    pub request: Request,
    pub challenges: u8,
    /// A 2xx came; it may come again.
    pub is_done: bool,
}

impl Sent {
    pub fn new(phone: &mut Phone, request: Request) -> Sent {
        Sent { phone: phone.id, request, challenges: std::mem::take(&mut phone.challenges), is_done: false }
    }
}

/// What it is at.
#[derive(Debug)]
pub(super) enum Usage {
    Calling(Box<Outgoing>),
    Called(Box<Incoming>),
    Talking(Box<Session>),
    Over,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Phone {
    pub id: u64,
    pub usage: Usage,
    /// Our INVITE, while 2xx of it may come.
    pub late: Option<Box<Outgoing>>,
    /// Of the INVITE last sent.
    pub invite: u64,
    /// Of the INVITE that came.
    pub key: Option<ServerKey>,
    /// Call-ID and local tag of our INVITE.
    own: DialogId,
    /// Tags of the early dialogs.
    tags: Vec<String>,
    /// What each early dialog said last.
    early: Vec<(String, Vec<u8>)>,
    /// Those that said it in an UPDATE, so that nothing in the 2xx is news.
    updated: Vec<String>,
    /// Ended as soon as it may be.
    leaving: Option<Option<Reason>>,
    until: Option<Instant>,
    /// Whom we called, or who called.
    pub remote: NameAddr,
    /// Whom to call instead was asked about.
    pub question: Option<u64>,
    /// What we said last, for the session.
    pub said: Option<Vec<u8>>,
    /// Of the request that is sent again.
    pub challenges: u8,
}

impl Phone {
    pub fn of_call(id: u64, outgoing: Outgoing, own: DialogId, remote: NameAddr) -> Phone {
        let usage = Usage::Calling(Box::new(outgoing));
        Phone { own, ..Phone::new(id, usage, None, remote) }
    }

    pub fn of_called(id: u64, incoming: Incoming, key: ServerKey) -> Phone {
        let remote = incoming.dialog().remote().clone();
        Phone::new(id, Usage::Called(Box::new(incoming)), Some(key), remote)
    }

    fn new(id: u64, usage: Usage, key: Option<ServerKey>, remote: NameAddr) -> Phone {
        let own = DialogId { call_id: String::new(), local_tag: String::new(), remote_tag: String::new() };
        Phone {
            id,
            usage,
            late: None,
            invite: 0,
            key,
            own,
            tags: Vec::new(),
            early: Vec::new(),
            updated: Vec::new(),
            leaving: None,
            until: None,
            remote,
            question: None,
            said: None,
            challenges: 0,
        }
    }

    /// Every dialog whose requests come here.
    pub fn dialogs(&self) -> Vec<DialogId> {
        let named = |tag: &String| DialogId { remote_tag: tag.clone(), ..self.own.clone() };
        match &self.usage {
            Usage::Calling(_) => self.tags.iter().map(named).collect(),
            Usage::Called(call) => vec![call.dialog().id().clone()],
            Usage::Talking(session) => vec![session.dialog().id().clone()],
            Usage::Over => Vec::new(),
        }
    }

    /// Whether the INVITE, and so the Call-ID, was ours.
    pub fn is_of_ours(&self) -> bool {
        self.key.is_none()
    }

    /// An early dialog exists.
    pub fn early_dialog(&mut self, tag: &str) {
        if !tag.is_empty() && !self.tags.iter().any(|known| known == tag) {
            self.tags.push(tag.to_owned());
        }
    }

    /// An early dialog said this, as an answer or by an UPDATE.
    pub fn early_description(&mut self, tag: &str, sdp: Vec<u8>, by_update: bool) {
        self.early.retain(|(known, _)| known != tag);
        self.early.push((tag.to_owned(), sdp));
        if by_update {
            self.updated.push(tag.to_owned());
        }
    }

    /// What holds with the dialog that a 2xx confirms: what the 2xx says, unless that repeats what an UPDATE has changed.
    pub fn answer_of(&self, tag: &str, said: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let early = self.early.iter().find(|(known, _)| known == tag).map(|(_, sdp)| sdp.clone());
        if self.updated.iter().any(|known| known == tag) { early } else { said.or(early) }
    }

    pub fn deadline(&self) -> Option<Instant> {
        let of_usage = match &self.usage {
            Usage::Called(call) => call.wake(),
            Usage::Talking(session) => session.wake(),
            Usage::Calling(_) | Usage::Over => None,
        };
        of_usage.into_iter().chain(self.until).min()
    }

    pub fn session(&mut self) -> Option<&mut Session> {
        match &mut self.usage {
            Usage::Talking(session) if !session.is_ended() => Some(session),
            Usage::Talking(_) | Usage::Calling(_) | Usage::Called(_) | Usage::Over => None,
        }
    }

    pub fn calling(&mut self) -> Option<&mut Outgoing> {
        match &mut self.usage {
            Usage::Calling(call) => Some(call),
            Usage::Called(_) | Usage::Talking(_) | Usage::Over => None,
        }
    }

    pub fn called(&mut self) -> Option<&mut Incoming> {
        match &mut self.usage {
            Usage::Called(call) => Some(call),
            Usage::Calling(_) | Usage::Talking(_) | Usage::Over => None,
        }
    }

    /// Ends it, now or as soon as RFC 3261 section 15 allows.
    pub fn leave(&mut self, status: Status, headers: &Headers, reason: Option<Reason>) {
        match &mut self.usage {
            Usage::Calling(call) => call.cancel(),
            Usage::Called(call) if !call.is_accepted() => call.reject(status, headers),
            Usage::Called(_) => self.leaving = Some(reason),
            Usage::Talking(session) => session.bye(reason),
            Usage::Over => {}
        }
    }

    /// The session begins.
    pub fn talk(
        &mut self,
        now: Instant,
        line: &Line,
        (dialog, negotiation, timer): (Dialog, Negotiation, SessionTimer),
        allows_update: bool,
    ) {
        let is_forked = self.tags.len() > 1;
        let setup = Setup {
            dialog,
            negotiation,
            timer,
            policy: line.session_timer.unwrap_or_default(),
            contact: line.contact.clone(),
            extra: extra(line, None),
            allows_update,
            description: self.said.clone(),
        };
        let before = std::mem::replace(&mut self.usage, Usage::Talking(Box::new(Session::new(setup))));
        if let Usage::Calling(outgoing) = before {
            self.late = Some(outgoing);
            self.until = is_forked.then(|| now + LINGER);
        }
        if let (Some(reason), Usage::Talking(session)) = (self.leaving.take(), &mut self.usage) {
            session.bye(reason);
        }
    }

    /// The INVITE failed or was taken back.
    pub fn failed(&mut self, now: Instant) {
        if let Usage::Calling(outgoing) = std::mem::replace(&mut self.usage, Usage::Over) {
            let has_dialogs = !self.tags.is_empty();
            (self.late, self.until) = (Some(outgoing), has_dialogs.then(|| now + LINGER));
        }
    }

    /// The late INVITE usage.
    pub fn late(&mut self) -> Option<&mut Outgoing> {
        self.late.as_deref_mut()
    }

    /// No fork answers so late; a time that has passed is none to be woken at.
    pub fn forget_late(&mut self, now: Instant) {
        if self.until.take_if(|until| *until <= now).is_some() {
            self.late = None;
        }
    }

    pub fn is_over(&self, now: Instant) -> bool {
        let is_ended = match &self.usage {
            Usage::Calling(_) => false,
            Usage::Called(call) => call.is_ended(),
            Usage::Talking(session) => session.is_ended(),
            Usage::Over => true,
        };
        is_ended && self.until.is_none_or(|until| until <= now)
    }
}

/// Allow, Supported and the gcid.
pub(super) fn extra(line: &Line, gcid: Option<&str>) -> Headers {
    let mut headers = Headers::new();
    headers.push(name::ALLOW, ALLOW);
    let timer = if line.session_timer.is_some() { "replaces, timer" } else { "replaces" };
    headers.push(name::SUPPORTED, if line.prack { format!("{timer}, 100rel") } else { timer.to_owned() });
    if let (Some(gcid), Some(name)) = (gcid, name::Name::parse(GCID_HEADER)) {
        headers.push(name, gcid);
    }
    headers
}

/// Whether the other side takes UPDATE.
pub(super) fn allows_update(headers: &Headers) -> bool {
    headers.allow().ok().flatten().is_some_and(|methods| methods.contains(&Method::Update))
}
