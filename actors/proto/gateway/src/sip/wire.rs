//! Which SIP usage a message from the network belongs to, and what the usages want sent.

use std::time::Instant;

use sip::dialog::DialogId;
use sip::invite::Outgoing;
use sip::message::{Headers, Method, NameAddr, Request, Response, Status, Uri, name};
use sip::transaction::ServerKey;

use super::call::SipCall;
use super::io::{AskedBy, Output, SipInput, SipOutput};
use super::phone::{Phone, Usage, extra};
use super::reasons::refusal;

/// How often one request may be challenged.
const CHALLENGES: u8 = 3;
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
        let mut phone = Phone::of_call(id, outgoing, own, remote);
        phone.said = Some(said);
        self.phones.push(phone);
        id
    }

    pub(super) fn on_sip(&mut self, now: Instant, input: SipInput) {
        match input {
            SipInput::Response { reference, response } => self.on_response(now, reference, *response),
            SipInput::NoResponse { reference, status } => self.on_no_response(now, reference, status),
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
            (Usage::Talking(session), _) => {
                session.on_response(now, response);
                if !is_challenge {
                    self.on_reached(now, id, &method, status);
                }
            }
            (Usage::Calling(_) | Usage::Called(_) | Usage::Over, _) => {}
        }
    }

    fn on_no_response(&mut self, now: Instant, reference: u64, status: Status) {
        let Some(sent) = self.sent.remove(&reference) else { return };
        let Some(phone) = self.phones.iter_mut().find(|phone| phone.id == sent.phone) else { return };
        match &mut phone.usage {
            Usage::Calling(call) if phone.invite == reference => call.on_no_response(status),
            Usage::Talking(session) if phone.invite != reference => session.on_no_response(now, &sent.request, status),
            Usage::Calling(_) | Usage::Called(_) | Usage::Talking(_) | Usage::Over => {}
        }
        self.on_reached(now, sent.phone, sent.request.method(), status);
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
    pub(super) fn challenged(&mut self, now: Instant, phone: u64, response: Response) {
        let cseq = response.cseq().ok();
        let mut under_way = self.sent.iter_mut();
        let found = under_way.find(|(_, sent)| sent.phone == phone && sent.request.cseq().ok() == cseq);
        let Some((reference, sent)) = found else { return };
        let reference = *reference;
        sent.challenges += 1;
        if sent.challenges > CHALLENGES {
            return self.on_credentials(now, reference, false);
        }
        self.output(Output::Challenged { reference, response: Box::new(response) });
    }

    pub(super) fn on_credentials(&mut self, now: Instant, reference: u64, taken: bool) {
        let Some(sent) = self.sent.remove(&reference) else { return };
        let id = sent.phone;
        let Some(phone) = self.phones.iter_mut().find(|phone| phone.id == id) else { return };
        let is_invite = phone.invite == reference;
        phone.challenges = if taken { sent.challenges } else { 0 };
        match (&mut phone.usage, taken) {
            (Usage::Calling(call), true) if is_invite => call.again(),
            (Usage::Calling(call), false) if is_invite => call.fail(Status::FORBIDDEN, None),
            (Usage::Talking(session), true) => session.again(sent.request),
            // Only that request fails: who challenges it is there. A BYE that is not let through ends the dialog here.
            (Usage::Talking(session), false) => {
                session.on_no_response(now, &sent.request, Status::FORBIDDEN);
                self.on_reached(now, id, sent.request.method(), Status::FORBIDDEN);
            }
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
