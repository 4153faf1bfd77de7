//! The browser's `call.transfer` as a REFER: blind, or to the phone of another call of the session (RFC 3515, RFC 3891,
//! RFC 5589).

use std::time::Instant;

use signal::call::{Call, Transfer, TransferState};
use signal::{CallId, Code, EndReason, Error};
use sip::message::{Method, NameAddr, Replaces, Request, Response, Status, Uri};
use sip::refer::{self, Progress, Referral};

use super::call::{SipCall, Stage};
use super::io::{AskedBy, Output};
use super::phone::{Phone, Usage};
use super::reasons;

/// The browser's own transfer.
#[derive(Debug)]
pub(super) struct Handed {
    question: u64,
    /// Once the REFER is out.
    refer: Option<refer::Transfer>,
}

impl Handed {
    pub fn deadline(&self) -> Option<Instant> {
        self.refer.as_ref().and_then(refer::Transfer::wake)
    }
}

impl SipCall {
    /// The far end and the dialog's name, as another call's REFER names them (RFC 3891 section 3: the tags are those
    /// of who is asked).
    pub fn replaces(&self) -> Option<(Uri, Replaces)> {
        let Stage::Talking(talk) = &self.stage else { return None };
        let phone = self.phones.iter().find(|phone| Some(phone.id) == talk.phone)?;
        let Usage::Talking(session) = &phone.usage else { return None };
        let id = session.dialog().id().clone();
        let replaces =
            Replaces { call_id: id.call_id, to_tag: id.remote_tag, from_tag: id.local_tag, early_only: false };
        Some((phone.remote.uri.clone(), replaces))
    }

    /// `call.transfer`
    pub(super) fn on_transfer(&mut self, id: CallId, body: Transfer) -> Result<(), Error> {
        self.known(id)?.dialog.established()?;
        let question = self.next();
        let Some(talk) = self.talk() else { return Err(SipCall::not_answered()) };
        if talk.handed.is_some() || talk.handover.is_some() {
            return Err(Error::new(Code::WrongState, "id: a call that is not being transferred expected"));
        }
        talk.handed = Some(Handed { question, refer: None });
        match (body.target, body.replaces) {
            (Some(target), _) => self.output(Output::AskTarget { question, by: AskedBy::Browser, target }),
            (None, Some(call)) => self.output(Output::AskReplaces { question, call }),
            (None, None) => return Err(Error::field("target", "either target or replaces")),
        }
        Ok(())
    }

    pub(super) fn on_target(&mut self, now: Instant, question: u64, uri: Option<Uri>) {
        if self.on_redirect_target(question, uri.clone()) || self.on_handover_target(now, question, uri.clone()) {
            return;
        }
        let Some(talk) = self.talk() else { return };
        if talk.handed.as_ref().is_some_and(|handed| handed.question == question) {
            self.refer(now, uri.map(|target| (target, None)).ok_or(EndReason::Forbidden));
        }
    }

    pub(super) fn on_other_call(&mut self, now: Instant, question: u64, other: Option<(Uri, Replaces)>) {
        let is_ours = |handed: &Handed| handed.question == question && handed.refer.is_none();
        if self.talk().is_some_and(|talk| talk.handed.as_ref().is_some_and(is_ours)) {
            let other = other.map(|(target, replaces)| (target, Some(replaces)));
            self.refer(now, other.ok_or(EndReason::NotFound));
        }
    }

    /// Sends the REFER, unless it is known already why not.
    fn refer(&mut self, now: Instant, target: Result<(Uri, Option<Replaces>), EndReason>) {
        let (target, replaces) = match target {
            Ok(target) => target,
            Err(reason) => return self.transfer_failed(reason),
        };
        let referred_by = Some(NameAddr::new(self.line.address_of_record.clone()));
        let headers = Referral { target, replaces, referred_by }.headers();
        let Some(talk) = self.talk() else { return };
        if let Some(handed) = &mut talk.handed {
            handed.refer = Some(refer::Transfer::new(now));
        }
        let id = talk.phone;
        match id.and_then(|id| self.phone(id)).and_then(Phone::session) {
            Some(session) => {
                session.send(Method::Refer, &headers, None);
                self.transfer_state("trying", None);
            }
            None => self.transfer_failed(EndReason::Unavailable),
        }
    }

    fn transfer_state(&mut self, state: &str, reason: Option<EndReason>) {
        let Some(id) = self.talk().map(|talk| talk.leg) else { return };
        self.send(id, Call::TransferState(TransferState { id, gcid: None, state: state.to_owned(), reason }));
    }

    fn transfer_failed(&mut self, reason: EndReason) {
        if let Some(talk) = self.talk() {
            talk.handed = None;
        }
        self.transfer_state("failed", Some(reason));
    }

    fn handed(&mut self) -> Option<&mut refer::Transfer> {
        self.talk()?.handed.as_mut()?.refer.as_mut()
    }

    /// A final response to a request that is no offer.
    pub(super) fn on_session_response(&mut self, now: Instant, id: u64, response: &Response) {
        let Ok(cseq) = response.cseq() else { return };
        if cseq.method == Method::Info && self.is_main(id) {
            self.on_key_told(now, response);
        }
        if cseq.method == Method::Refer && self.is_main(id) {
            let outcome = self.handed().and_then(|transfer| transfer.on_response(now, response.status()));
            self.transferred(now, outcome);
        }
    }

    /// News of the call the phone was asked to make.
    pub(super) fn on_notify(&mut self, now: Instant, id: u64, request: &Request) -> Status {
        let progress = match Progress::of_notify(request) {
            Ok(progress) => progress,
            Err(status) => return status,
        };
        if !self.is_main(id) {
            return Status::CALL_DOES_NOT_EXIST;
        }
        let Some(transfer) = self.handed() else { return Status::CALL_DOES_NOT_EXIST };
        let outcome = transfer.on_progress(now, progress);
        let rings = progress.status.is_provisional() && progress.status != Status::TRYING;
        if outcome.is_none() && rings {
            self.transfer_state("ringing", None);
        }
        self.transferred(now, outcome);
        Status::OK
    }

    /// Whether the phone has agreed to call whom the browser named: its BYE is then the end of a transfer.
    pub(super) fn is_handed_on(&mut self) -> bool {
        self.handed().is_some_and(|transfer| transfer.is_accepted())
    }

    fn transferred(&mut self, now: Instant, outcome: Option<Status>) {
        match outcome {
            Some(status) if status.is_success() => {
                self.transfer_state("accepted", None);
                self.end_all(now, EndReason::Transferred, None);
            }
            // The subscription ended without news of the end.
            Some(status) if status.is_provisional() => self.transfer_failed(EndReason::Unavailable),
            Some(status) => self.transfer_failed(reasons::of_status(status)),
            None => {}
        }
    }

    pub(super) fn on_transfer_timeout(&mut self, now: Instant) {
        let outcome = self.handed().and_then(|transfer| transfer.on_wake(now));
        self.transferred(now, outcome);
    }
}
