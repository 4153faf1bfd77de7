//! Sessions that are refreshed, or not.

use super::*;

#[test]
fn sessions_are_refreshed_by_update_or_invite_and_expire() {
    for (allows_update, method) in [(true, "UPDATE"), (false, "INVITE")] {
        let mut pair = Pair::new(allows_update);
        pair.ends[0].offer(b"a".to_vec());
        pair.pass(1);
        pair.ends[1].answer(pair.now, b"b".to_vec());
        pair.pass_all();
        let half = pair.ends[0].wake().expect("a refresh");
        assert_eq!(half - pair.now, Duration::from_secs(100), "{method}");
        pair.now = half;
        pair.ends[0].on_wake(half);
        assert_eq!(pair.pass(1).as_deref(), Some(method));
        if !allows_update {
            assert_eq!(pair.seen(1).last().map(String::as_str), Some("offer a"));
            pair.ends[1].answer(pair.now, b"b".to_vec());
        }
        pair.pass_all();
        let expiry = pair.ends[1].wake().expect("an expiry");
        assert_eq!(expiry - pair.now, Duration::from_secs(168), "{method}");
        pair.ends[1].on_wake(expiry);
        assert!(pair.pass_all().contains(&"BYE".to_owned()) && pair.seen(1).contains(&"Expired 0".to_owned()));
    }
}

/// A session whose refresh is due, by our first end.
fn due(allows_update: bool) -> Pair {
    let mut pair = Pair::new(allows_update);
    pair.ends[0].offer(b"a".to_vec());
    pair.pass(1);
    pair.ends[1].answer(pair.now, b"b".to_vec());
    pair.pass_all();
    pair.now = pair.ends[0].wake().expect("a refresh");
    pair.ends[0].on_wake(pair.now);
    pair
}

/// How the refresh is refused, and what is sent next and when.
fn refused(pair: &mut Pair, status: Status) -> (String, Duration) {
    let Some(Action::Send(request)) = pair.ends[0].poll() else { panic!("a refresh") };
    pair.ends[0].on_response(pair.now, request.response(status, Some("b")));
    if *request.method() == Method::Invite {
        assert!(pair.ends[0].poll().is_none(), "the transaction acknowledges a refusal");
    }
    let at = pair.ends[0].wake().expect("once more");
    pair.ends[0].on_wake(at);
    let waited = at - std::mem::replace(&mut pair.now, at);
    let Some(Action::Send(next)) = pair.ends[0].poll() else { panic!("another refresh") };
    (next.method().to_string(), waited)
}

#[test]
fn a_refresh_that_is_refused_is_tried_again() {
    let soon = Duration::from_secs(10);
    assert_eq!(refused(&mut due(true), Status::REQUEST_PENDING), ("UPDATE".into(), soon));
    assert_eq!(refused(&mut due(false), Status::REQUEST_PENDING), ("INVITE".into(), soon));
    assert_eq!(refused(&mut due(true), Status::METHOD_NOT_ALLOWED), ("INVITE".into(), soon), "it said it could");
}

#[test]
fn a_refresh_that_cannot_be_sent_is_tried_again() {
    let mut pair = due(true);
    let Some(Action::Send(request)) = pair.ends[0].poll() else { panic!("a refresh") };
    pair.ends[0].on_no_response(pair.now, &request, Status::SERVICE_UNAVAILABLE);
    assert!(pair.ends[0].poll().is_none());
    let at = pair.ends[0].wake().expect("once more");
    pair.ends[0].on_wake(at);
    assert_eq!((pair.pass(1).as_deref(), at - pair.now), (Some("UPDATE"), Duration::from_secs(10)));
}

#[test]
fn a_refresh_waits_for_an_offer_that_is_open() {
    let mut pair = Pair::new(true);
    pair.ends[0].offer(b"a".to_vec());
    pair.pass(1);
    pair.ends[1].answer(pair.now, b"b".to_vec());
    pair.pass_all();
    assert!(pair.ends[1].offer(b"theirs".to_vec()));
    pair.pass(0);
    pair.now = pair.ends[0].wake().expect("a refresh");
    pair.ends[0].on_wake(pair.now);
    assert!(pair.ends[0].poll().is_none(), "theirs is open");
    pair.ends[0].refuse(Status::NOT_ACCEPTABLE_HERE);
    pair.pass_all();
    pair.now = pair.ends[0].wake().expect("once more");
    pair.ends[0].on_wake(pair.now);
    assert_eq!(pair.pass(1).as_deref(), Some("UPDATE"));
}
