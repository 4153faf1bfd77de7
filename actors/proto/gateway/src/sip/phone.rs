//! One SIP usage: an INVITE, then a session; and which of them a message from the network belongs to.

use std::time::{Duration, Instant};

use sip::dialog::{Dialog, DialogId, Negotiation, SessionTimer};
use sip::invite::{Incoming, Outgoing, Session, Setup};
use sip::message::{Headers, Method, NameAddr, Reason, Request, Response, Status, Uri, name};
use sip::transaction::ServerKey;

use super::call::SipCall;
use super::io::{AskedBy, GCID_HEADER, Line, Output, SipInput, SipOutput};
use super::reasons::refusal;

/// How often one request may be challenged.
const CHALLENGES: u8 = 3;
/// How long a fork that answers late is still acknowledged and ended (RFC 6026 timer M).
const LINGER: Duration = Duration::from_secs(32);
/// What the responses and requests of a call say of it.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, REFER, NOTIFY, OPTIONS";

/// A request of ours that is under way.
#[derive(Debug)]
pub(super) struct Sent {
    pub phone: u64,
    pub request: Request,
    challenges: u8,
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
    late: Option<Box<Outgoing>>,
    /// Of the INVITE last sent.
    pub invite: u64,
    /// Of the INVITE that came.
    key: Option<ServerKey>,
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
    question: Option<u64>,
    /// What we said last, for the session.
    pub said: Option<Vec<u8>>,
    /// Of the request that is sent again.
    challenges: u8,
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

    fn is_over(&self, now: Instant) -> bool {
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

impl SipCall {
    pub(super) fn phone(&mut self, id: u64) -> Option<&mut Phone> {
        self.phones.iter_mut().find(|phone| phone.id == id)
    }

    /// Calls `target` with an offer of ours. `more`: Replaces, Referred-By.
    pub(super) fn invite(&mut self, target: &Uri, sdp: String, more: &Headers) -> u64 {
        let id = self.next();
        let tag = format!("{:016x}", self.random.u64(..));
        let call_id = format!("{:016x}{:016x}", self.random.u64(..), self.random.u64(..));
        let own = NameAddr::new(self.line.address_of_record.clone()).with_display(self.line.display_name.as_deref());
        let remote = NameAddr::new(target.clone());
        let mut invite = Request::new(Method::Invite, target.clone());
        invite.headers.push(name::FROM, own.with_tag(&tag));
        invite.headers.push(name::TO, &remote);
        invite.headers.push(name::CALL_ID, &call_id);
        invite.headers.push(name::CSEQ, "1 INVITE");
        invite.headers.push(name::CONTACT, &self.line.contact);
        let extra = extra(&self.line, Some(self.gcid.as_str()));
        for header in extra.iter().chain(self.line.headers.iter()).chain(more.iter()) {
            invite.headers.push(header.name().clone(), header.text());
        }
        let said = sdp.into_bytes();
        invite.set_body(&sip::message::MediaType::sdp(), said.clone());
        let own = DialogId { call_id, local_tag: tag, remote_tag: String::new() };
        let outgoing = Outgoing::new(invite, self.line.session_timer);
        self.phones.push(Phone { said: Some(said), ..Phone::of_call(id, outgoing, own, remote) });
        id
    }

    pub(super) fn on_sip(&mut self, now: Instant, input: SipInput) {
        match input {
            SipInput::Response { reference, response } => self.on_response(now, reference, *response),
            SipInput::NoResponse { reference, status } => self.on_no_response(reference, status),
            SipInput::Request { key, request } => self.on_request(now, key, *request),
            SipInput::Cancel { key, request, invite } => self.on_cancel(key, &request, &invite),
            SipInput::Ack(request) => self.on_ack(&request),
            SipInput::ResponseLost(key) => {
                // A final response that is lost is repeated by the transaction; without a way there is none to talk to.
                log::debug!("gcid={} a response was lost: {key:?}", self.gcid);
            }
        }
    }

    fn on_response(&mut self, now: Instant, reference: u64, response: Response) {
        let status = response.status();
        let Some(sent) = self.sent.get_mut(&reference) else { return };
        sent.is_done |= status.is_success();
        let (id, method) = (sent.phone, sent.request.method().clone());
        // Several 2xx may come to an INVITE; a challenged request is sent again.
        let is_challenge = matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED);
        if status.is_final() && !is_challenge && (method != Method::Invite || status.is_failure()) {
            self.sent.remove(&reference);
        }
        let Some(phone) = self.phones.iter_mut().find(|phone| phone.id == id) else { return };
        let is_ended = matches!(&phone.usage, Usage::Talking(session) if session.is_ended());
        if is_challenge && is_ended && method != Method::Bye {
            // Nobody answers the challenge to what the end has overtaken.
            self.sent.remove(&reference);
        }
        let is_invite = phone.invite == reference;
        match (&mut phone.usage, &mut phone.late) {
            (Usage::Calling(call), _) if is_invite => call.on_response(now, response),
            (_, Some(call)) if is_invite => call.on_response(now, response),
            (Usage::Talking(session), _) => session.on_response(now, response),
            (Usage::Calling(_) | Usage::Called(_) | Usage::Over, _) => {}
        }
    }

    fn on_no_response(&mut self, reference: u64, status: Status) {
        let Some(sent) = self.sent.remove(&reference) else { return };
        let Some(phone) = self.phones.iter_mut().find(|phone| phone.id == sent.phone) else { return };
        match &mut phone.usage {
            Usage::Calling(call) if phone.invite == reference => call.on_no_response(status),
            Usage::Talking(session) if phone.invite != reference => session.on_no_response(&sent.request),
            Usage::Calling(_) | Usage::Called(_) | Usage::Talking(_) | Usage::Over => {}
        }
    }

    fn on_request(&mut self, now: Instant, key: ServerKey, request: Request) {
        let id = DialogId::of_request(&request).ok();
        let found = self.phones.iter_mut().find(|phone| phone.dialogs().iter().any(|own| Some(own) == id.as_ref()));
        match found.map(|phone| &mut phone.usage) {
            Some(Usage::Calling(call)) => call.on_request(key, &request),
            Some(Usage::Called(call)) => call.on_request(now, key, &request),
            Some(Usage::Talking(session)) => session.on_request(now, key, request),
            Some(Usage::Over) | None => {
                self.respond(key, request.response(Status::CALL_DOES_NOT_EXIST, None));
            }
        }
    }

    fn on_cancel(&mut self, key: ServerKey, request: &Request, invite: &ServerKey) {
        let id = DialogId::of_request(request).ok();
        let is_it = |phone: &&mut Phone| {
            phone.key.as_ref() == Some(invite) || phone.dialogs().iter().any(|own| Some(own) == id.as_ref())
        };
        match self.phones.iter_mut().find(is_it).map(|phone| &mut phone.usage) {
            Some(Usage::Called(call)) => call.on_cancel(key, request),
            Some(Usage::Talking(session)) => session.on_cancel(key, request),
            Some(Usage::Calling(_) | Usage::Over) | None => {
                // The INVITE is refused already: the CANCEL crossed that.
                let tag = format!("{:016x}", self.random.u64(..));
                self.respond(key, refusal(request, Status::OK, &tag));
            }
        }
    }

    fn on_ack(&mut self, request: &Request) {
        let id = DialogId::of_request(request).ok();
        let found = self.phones.iter_mut().find(|phone| phone.dialogs().iter().any(|own| Some(own) == id.as_ref()));
        match found.map(|phone| &mut phone.usage) {
            Some(Usage::Called(call)) => call.on_ack(request),
            Some(Usage::Talking(session)) => session.on_ack(request),
            Some(Usage::Calling(_) | Usage::Over) | None => {}
        }
    }

    /// 401 or 407 to a request of `phone`'s.
    pub(super) fn challenged(&mut self, phone: u64, response: Response) {
        let cseq = response.cseq().ok();
        let mut under_way = self.sent.iter_mut();
        let found = under_way.find(|(_, sent)| sent.phone == phone && sent.request.cseq().ok() == cseq);
        let Some((reference, sent)) = found else { return };
        let reference = *reference;
        sent.challenges += 1;
        if sent.challenges > CHALLENGES {
            return self.on_credentials(reference, false);
        }
        self.output(Output::Challenged { reference, response: Box::new(response) });
    }

    pub(super) fn on_credentials(&mut self, reference: u64, taken: bool) {
        let Some(sent) = self.sent.remove(&reference) else { return };
        let id = sent.phone;
        let Some(phone) = self.phones.iter_mut().find(|phone| phone.id == id) else { return };
        let is_invite = phone.invite == reference;
        phone.challenges = sent.challenges;
        match (&mut phone.usage, taken) {
            (Usage::Calling(call), true) if is_invite => call.again(),
            (Usage::Calling(call), false) if is_invite => call.fail(Status::FORBIDDEN, None),
            (Usage::Talking(session), true) => session.again(sent.request),
            // Without it the dialog cannot go on; a BYE that is not let through ends it here all the same.
            (Usage::Talking(session), false) => session.on_no_response(&sent.request),
            (Usage::Calling(_) | Usage::Called(_) | Usage::Over, _) => {}
        }
    }

    /// A 3xx says that somebody else is to be called: asks whether that may be.
    pub(super) fn redirected(&mut self, id: u64, target: &Uri) {
        let question = self.next();
        if let Some(phone) = self.phone(id) {
            phone.question = Some(question);
            self.output(Output::AskTarget { question, by: AskedBy::Redirection, target: target.to_string() });
        }
    }

    /// The answer to that; `false`: it is to another question.
    pub(super) fn on_redirect_target(&mut self, question: u64, uri: Option<Uri>) -> bool {
        let Some(phone) = self.phones.iter_mut().find(|phone| phone.question == Some(question)) else { return false };
        phone.question = None;
        if let Some(uri) = &uri {
            phone.remote = NameAddr::new(uri.clone());
        }
        if let Some(call) = phone.calling() {
            call.redirect(uri);
        }
        true
    }

    /// Everything the INVITE usages and sessions want done.
    pub(super) fn drain_phones(&mut self, now: Instant) {
        let mut at = 0;
        while let Some(id) = self.phones.get(at).map(|phone| phone.id) {
            // What an event brings about may concern another phone: begin anew.
            at = if self.drain_phone(now, id) { 0 } else { at + 1 };
        }
        let waits = |id: u64| self.sent.values().any(|sent| sent.phone == id && !sent.is_done);
        let over = self.phones.iter().filter(|phone| phone.is_over(now) && !waits(phone.id));
        let gone: Vec<_> = over.map(|phone| phone.id).collect();
        self.phones.retain(|phone| !gone.contains(&phone.id));
        self.sent.retain(|_, sent| !gone.contains(&sent.phone));
    }

    pub(super) fn respond(&mut self, key: ServerKey, response: Response) {
        self.output(Output::Sip(SipOutput::Respond { key, response: Box::new(response) }));
    }
}
