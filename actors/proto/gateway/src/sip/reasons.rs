//! The one table SIP ↔ end reason. The way out is [`EndReason::row`].

use signal::EndReason;
use sip::message::{Headers, Reason, Request, Response, Status};

/// Longest `detail` made of what came from the network, in characters.
const DETAIL_CHARS: usize = 120;

/// Why an INVITE failed (RFC 3261 section 21); a Q.850 cause says more than some codes (RFC 3398 section 8.2.6.1).
pub(super) fn of_failure(status: Status, response: Option<&Response>) -> EndReason {
    let said = response.map(|response| response.headers.reasons().unwrap_or_default()).unwrap_or_default();
    let by_status = of_status(status);
    match by_status {
        EndReason::Unavailable | EndReason::Canceled => of_reasons(&said).unwrap_or(by_status),
        said => said,
    }
}

/// One status code.
pub(super) fn of_status(status: Status) -> EndReason {
    match status.code() {
        486 | 600 => EndReason::Busy,
        603 => EndReason::Declined,
        401 | 403 | 407 | 607 | 608 => EndReason::Forbidden,
        404 | 410 | 416 | 484 | 485 | 604 => EndReason::NotFound,
        406 | 415 | 488 | 493 | 606 => EndReason::NotAcceptable,
        487 => EndReason::Canceled,
        408 | 504 => EndReason::NoAnswer,
        _ => EndReason::Unavailable,
    }
}

/// What Reason headers say; `None` if nothing that is known.
pub(super) fn of_reasons(reasons: &[Reason]) -> Option<EndReason> {
    let is = |reason: &Reason, protocol: &str| reason.protocol.eq_ignore_ascii_case(protocol);
    if reasons.iter().any(|reason| is(reason, "SIP") && reason.cause == Some(200)) {
        // "Call completed elsewhere" (RFC 3326 section 2).
        return Some(EndReason::AnsweredElsewhere);
    }
    let cause = reasons.iter().find(|reason| is(reason, "Q.850")).and_then(|reason| reason.cause)?;
    of_q850(cause)
}

fn of_q850(cause: u16) -> Option<EndReason> {
    match cause {
        1 | 22 | 28 => Some(EndReason::NotFound),
        16 | 31 => Some(EndReason::Normal),
        17 => Some(EndReason::Busy),
        18 | 19 => Some(EndReason::NoAnswer),
        21 => Some(EndReason::Declined),
        26 => Some(EndReason::AnsweredElsewhere),
        55 | 57 => Some(EndReason::Forbidden),
        65 | 79 | 88 => Some(EndReason::NotAcceptable),
        102 => Some(EndReason::Timeout),
        2..=127 => Some(EndReason::Unavailable),
        _ => None,
    }
}

/// The status line, safe to show.
pub(super) fn detail(status: Status, response: Option<&Response>) -> String {
    let phrase = response.map_or_else(|| status.reason(), |response| response.reason().to_owned());
    shown(&format!("{status} {phrase}"), DETAIL_CHARS)
}

/// Text of the network's as it may be shown: no control characters, bounded.
pub(super) fn shown(text: &str, chars: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(chars).collect()
}

/// How an INVITE is refused.
pub(super) fn status(reason: EndReason) -> Status {
    Status::new(reason.row().sip_status).unwrap_or(Status::TEMPORARILY_UNAVAILABLE)
}

/// The Reason header of a BYE, or of a refusal.
pub(super) fn header(reason: EndReason) -> Reason {
    Reason { protocol: "Q.850".into(), cause: Some(reason.row().q850_cause.into()), text: Some(reason.word().into()) }
}

/// The headers of a refusal.
pub(super) fn headers(reason: EndReason) -> Headers {
    let mut headers = Headers::new();
    headers.push(sip::message::name::REASON, header(reason));
    headers
}

/// Whether `request` says that somebody else took the call.
pub(super) fn of_cancel(reasons: &[Reason]) -> EndReason {
    match of_reasons(reasons) {
        Some(EndReason::AnsweredElsewhere) => EndReason::AnsweredElsewhere,
        Some(_) | None => EndReason::Canceled,
    }
}

/// What a BYE means.
pub(super) fn of_bye(reasons: &[Reason]) -> EndReason {
    of_reasons(reasons).filter(|reason| *reason != EndReason::AnsweredElsewhere).unwrap_or(EndReason::Normal)
}

/// A response without a dialog of its own.
pub(super) fn refusal(request: &Request, status: Status, tag: &str) -> Response {
    request.response(status, Some(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_goes_out_as_a_status_that_comes_back_as_a_refusal() {
        for row in signal::reason::TABLE {
            let back = of_status(status(row.reason));
            assert!(status(row.reason).is_failure(), "{:?}", row.reason);
            assert_ne!(back, EndReason::Normal);
        }
        for (code, reason) in [
            (486, EndReason::Busy),
            (600, EndReason::Busy),
            (603, EndReason::Declined),
            (404, EndReason::NotFound),
            (484, EndReason::NotFound),
            (488, EndReason::NotAcceptable),
            (606, EndReason::NotAcceptable),
            (403, EndReason::Forbidden),
            (408, EndReason::NoAnswer),
            (503, EndReason::Unavailable),
            (480, EndReason::Unavailable),
            (699, EndReason::Unavailable),
        ] {
            assert_eq!(of_status(Status::new(code).unwrap()), reason, "{code}");
        }
    }

    #[test]
    fn a_cause_says_more_than_an_unspecific_status() {
        let mut response = Response::new(Status::TEMPORARILY_UNAVAILABLE);
        response.headers.push(sip::message::name::REASON, "Q.850;cause=17");
        assert_eq!(of_failure(response.status(), Some(&response)), EndReason::Busy);
        let elsewhere = [Reason { protocol: "SIP".into(), cause: Some(200), text: None }];
        assert_eq!(of_cancel(&elsewhere), EndReason::AnsweredElsewhere);
        assert_eq!(of_bye(&[Reason { protocol: "Q.850".into(), cause: Some(16), text: None }]), EndReason::Normal);
    }

    #[test]
    fn what_the_network_says_is_bounded_and_on_one_line() {
        let mut response = Response::new(Status::BUSY_HERE);
        response.set_reason(&"x".repeat(1000));
        assert_eq!(detail(response.status(), Some(&response)).chars().count(), DETAIL_CHARS);
        assert_eq!(shown("a\r\nb", 9), "ab");
    }
}
