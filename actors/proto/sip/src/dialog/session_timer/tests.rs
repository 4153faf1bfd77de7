use super::*;
use crate::transaction::samples::request;

fn asking(value: &str, supports: bool) -> Request {
    let mut request = request("INVITE");
    request.headers.push(name::SESSION_EXPIRES, value);
    if supports {
        request.headers.push(name::SUPPORTED, "timer");
    }
    request
}

fn timer() -> SessionTimer {
    SessionTimer::new(TimerPolicy::default())
}

#[test]
fn the_refresher_refreshes_at_half_time_and_the_other_ends_it() {
    let now = Instant::now();
    let (mut caller, mut called) = (timer(), timer());
    let mut invite = asking("300", true);
    caller.request(&mut invite, TimerPolicy { interval: 300, minimum: 90 });
    let mut ok = invite.response(Status::OK, Some("b"));
    called.answer(now, &invite, &mut ok);
    caller.accepted(now, &ok);
    assert_eq!(caller.wake(), Some(now + Duration::from_secs(150)));
    assert_eq!(caller.on_wake(now + Duration::from_secs(150)), Some(Due::Refresh));
    assert_eq!(caller.on_wake(now + Duration::from_secs(150)), None);
    assert_eq!(called.wake(), Some(now + Duration::from_secs(268)));
    assert_eq!((called.on_wake(now + Duration::from_secs(268)), called.wake()), (Some(Due::Expired), None));
}

#[test]
fn a_caller_without_timers_leaves_the_refresh_to_us() {
    let now = Instant::now();
    let mut called = timer();
    for value in ["300", "300;refresher=uac", "300;refresher=uas"] {
        let invite = asking(value, false);
        let mut ok = invite.response(Status::OK, Some("b"));
        called.answer(now, &invite, &mut ok);
        assert_eq!(ok.headers.session_expires().unwrap().unwrap().refresher, Some(Refresher::Uas), "{value}");
        assert!(!ok.headers.has(&name::REQUIRE) && called.wake() == Some(now + Duration::from_secs(150)));
    }
}

#[test]
fn too_small_is_refused_and_asked_for_again_with_more() {
    let invite = asking("60", true);
    let refusal = timer().refusal(&invite, "b").unwrap();
    assert_eq!((refusal.status().code(), refusal.headers.min_se()), (422, Ok(Some(90))));
    assert_eq!(refusal.headers.to().unwrap().tag().as_deref(), Some("b"));
    assert!(timer().refusal(&asking("90", true), "b").is_none() && timer().refusal(&request("INVITE"), "b").is_none());
    let mut caller = timer();
    let mut refusal = invite.response(Status::SESSION_INTERVAL_TOO_SMALL, None);
    assert!(!caller.too_small(&refusal), "no Min-SE");
    refusal.headers.push(name::MIN_SE, "3600");
    assert!(caller.too_small(&refusal) && !caller.too_small(&refusal));
    let mut again = request("INVITE");
    caller.request(&mut again, TimerPolicy::default());
    assert_eq!(again.headers.session_expires().unwrap().unwrap().interval, 3600);
    assert_eq!(again.headers.min_se(), Ok(Some(3600)));
    assert!(caller.refusal(&asking("90", true), "b").is_none(), "what others demand of us is not what we demand");
    let more = |seconds: u32| {
        let mut refusal = invite.response(Status::SESSION_INTERVAL_TOO_SMALL, None);
        refusal.headers.push(name::MIN_SE, seconds);
        refusal
    };
    let asked = (3601..3700).filter(|seconds| caller.too_small(&more(*seconds))).count();
    assert_eq!(asked, usize::from(DEMANDS) - 1, "not for ever");
}

#[test]
fn a_peer_without_timers_turns_it_off() {
    let mut caller = timer();
    caller.accepted(Instant::now(), &request("INVITE").response(Status::OK, Some("b")));
    assert_eq!((caller.wake(), caller.on_wake(Instant::now())), (None, None));
}
