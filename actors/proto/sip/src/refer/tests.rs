use super::*;
use crate::transaction::samples::request;

fn refer(refer_to: &str) -> Request {
    let mut refer = request("REFER");
    refer.headers.push(name::REFER_TO, refer_to);
    refer.headers.push(name::REFERRED_BY, "<sip:alice@a.example>");
    refer
}

#[test]
fn a_referral_is_written_and_read() {
    let replaces = Replaces { call_id: "c@h".into(), to_tag: "t".into(), from_tag: "f".into(), early_only: false };
    for replaces in [None, Some(replaces)] {
        let referral = Referral {
            target: Uri::parse("sip:carol@c.example;transport=tcp").unwrap(),
            replaces,
            referred_by: NameAddr::parse("<sip:alice@a.example>"),
        };
        let mut refer = request("REFER");
        referral.headers().iter().for_each(|header| refer.headers.push(header.name().clone(), header.text()));
        assert_eq!(Referral::of_request(&refer), Ok(referral));
    }
}

#[test]
fn what_is_no_call_is_refused() {
    for (text, status) in [
        ("<sip:c@h;method=BYE>", 400),
        ("<sip:c@h?Replaces=nonsense>", 400),
        ("nonsense", 400),
        ("<http://www.example.com>", 416),
    ] {
        assert_eq!(Referral::of_request(&refer(text)).map_err(Status::code), Err(status), "{text}");
    }
    let mut two = refer("<sip:c@h>");
    two.headers.push(name::REFER_TO, "<sip:d@h>");
    assert_eq!(Referral::of_request(&two), Err(Status::BAD_REQUEST));
    assert_eq!(Referral::of_request(&request("REFER")), Err(Status::BAD_REQUEST));
    assert!(Referral::of_request(&refer("<tel:+12015550123>")).is_ok());
}

fn notify(progress: Progress) -> Request {
    let mut notify = request("NOTIFY");
    let (headers, (kind, body)) = progress.notification(7);
    headers.iter().for_each(|header| notify.headers.push(header.name().clone(), header.text()));
    notify.set_body(&kind, body);
    notify
}

#[test]
fn progress_is_written_and_read() {
    for (status, is_last) in [(Status::RINGING, false), (Status::OK, true), (Status::BUSY_HERE, true)] {
        let progress = Progress { status, is_last };
        assert_eq!(Progress::of_notify(&notify(progress)), Ok(progress));
    }
    let ended = notify(Progress { status: Status::TRYING, is_last: true });
    assert_eq!(Progress::of_notify(&ended), Ok(Progress { status: Status::TRYING, is_last: true }));
}

#[test]
fn what_is_no_progress_is_refused() {
    let mut other = notify(Progress { status: Status::OK, is_last: true });
    other.headers.set(name::EVENT, "message-summary");
    assert_eq!(Progress::of_notify(&other), Err(Status::BAD_EVENT));
    for body in ["", "SIP/2.0", "SIP/2.0 99 x", "SIP/2.0 4294967296", "INVITE sip:a@h SIP/2.0", &"x".repeat(5000)] {
        let mut bad = notify(Progress { status: Status::OK, is_last: true });
        bad.set_body(&MediaType::sipfrag(), body.as_bytes().to_vec());
        assert_eq!(Progress::of_notify(&bad), Err(Status::BAD_REQUEST), "{body}");
    }
}

#[test]
fn a_transfer_has_one_outcome() {
    let (now, ringing) = (Instant::now(), Progress { status: Status::RINGING, is_last: false });
    let done = Progress { status: Status::OK, is_last: true };
    let mut transfer = Transfer::new(now);
    assert_eq!((transfer.on_response(now, Status::ACCEPTED), transfer.on_progress(now, ringing)), (None, None));
    assert_eq!((transfer.on_progress(now, done), transfer.on_progress(now, done)), (Some(Status::OK), None));
    assert_eq!(transfer.wake(), None);
    let mut refused = Transfer::new(now);
    assert_eq!(
        (refused.on_response(now, Status::DECLINE), refused.on_progress(now, done)),
        (Some(Status::DECLINE), None)
    );
    let mut overtaken = Transfer::new(now);
    assert_eq!(
        (overtaken.on_progress(now, done), overtaken.on_response(now, Status::ACCEPTED)),
        (Some(Status::OK), None)
    );
    let mut silent = Transfer::new(now);
    silent.on_response(now, Status::ACCEPTED);
    let at = silent.wake().unwrap();
    assert_eq!(
        (silent.on_wake(now), silent.on_wake(at), silent.on_wake(at)),
        (None, Some(Status::REQUEST_TIMEOUT), None)
    );
}
