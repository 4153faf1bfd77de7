//! [`Standing`]: what accounts are told of their registration. The one table of reasons.

use std::time::Duration;

use signal::account::{State, StateReason};
use sip::message::Status;
use sip::register::Failure;
use sip::summary::Summary;

use super::io::FromUpstream;
use super::transport::Cause;

/// How an upstream fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// Why.
    pub reason: StateReason,
    /// The whole cause, in words.
    pub(super) detail: Option<String>,
    /// What the registrar said.
    pub(super) status: Option<u16>,
    retry_in: Option<Duration>,
}

impl Standing {
    /// It begins.
    pub fn connecting() -> Standing {
        Standing { state: State::Connecting, reason: StateReason::Ok, detail: None, retry_in: None, status: None }
    }

    /// Calls come and go; `messages` wait.
    pub fn connected(messages: Option<&Summary>) -> Standing {
        let detail = messages.and_then(waiting);
        Standing { state: State::Connected, reason: StateReason::Ok, detail, retry_in: None, status: None }
    }

    /// It is not tried again by itself.
    pub fn failed(reason: StateReason, detail: &str) -> Standing {
        Standing { state: State::Failed, reason, detail: Some(detail.to_owned()), retry_in: None, status: None }
    }

    /// The next hop was not found.
    pub fn without_way(cause: &Cause, retry_in: Duration) -> Standing {
        let reason = of_cause(cause);
        Standing {
            state: State::Failed,
            reason,
            detail: Some(cause.to_string()),
            retry_in: Some(retry_in),
            status: None,
        }
    }

    /// A trunk does not answer.
    pub fn silent(status: Status) -> Standing {
        let reason = if status == Status::REQUEST_TIMEOUT { StateReason::Timeout } else { StateReason::Unreachable };
        let detail = Some("the trunk does not answer OPTIONS".to_owned());
        Standing { state: State::Failed, reason, detail, retry_in: None, status: None }
    }

    /// There is no binding.
    pub fn unregistered(failure: Failure, cause: Option<&Cause>, retry_in: Option<Duration>) -> Standing {
        let (reason, detail) = match (failure, cause) {
            (Failure::WrongCredentials, _) => (StateReason::WrongCredentials, None),
            (Failure::Rejected(Status::NOT_FOUND), _) => (StateReason::UnknownAccount, said(Status::NOT_FOUND)),
            (Failure::Rejected(status), _) => (StateReason::Rejected, said(status)),
            (Failure::Timeout | Failure::Unreachable, Some(cause)) => (of_cause(cause), Some(cause.to_string())),
            (Failure::Timeout, None) => (StateReason::Timeout, None),
            (Failure::Unreachable, None) => (StateReason::Unreachable, None),
        };
        let status = if let Failure::Rejected(status) = failure { Some(status.code()) } else { None };
        Standing { state: State::Failed, reason, detail, retry_in, status }
    }
}

fn said(status: Status) -> Option<String> {
    Some(format!("the registrar said {} {}", status.code(), status.reason()))
}

fn of_cause(cause: &Cause) -> StateReason {
    match cause {
        Cause::Timeout => StateReason::Timeout,
        Cause::Tls(_) => StateReason::TlsFailed,
        Cause::Unreachable | Cause::NoName | Cause::Forbidden | Cause::NotSip => StateReason::Unreachable,
        Cause::Full | Cause::Cancelled | Cause::Restarted => StateReason::InternalError,
    }
}

/// "2 new messages"; `None`: none waits.
fn waiting(summary: &Summary) -> Option<String> {
    match summary.new.filter(|_| summary.waiting) {
        Some(1) => Some("1 new message".to_owned()),
        Some(new) => Some(format!("{new} new messages")),
        None => summary.waiting.then(|| "new messages".to_owned()),
    }
}

impl From<Standing> for FromUpstream {
    fn from(Standing { state, reason, detail, retry_in, status: _ }: Standing) -> FromUpstream {
        FromUpstream::State { state, reason, detail, retry_in }
    }
}

/// Whether a response asks for credentials.
pub fn is_challenge(status: Status) -> bool {
    matches!(status, Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED)
}
