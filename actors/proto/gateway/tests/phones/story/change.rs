//! What changes in an established call.

use std::time::Duration;

use gateway::sip::Input;
use sdp::Direction;
use signal::CallId;
use signal::call::{Call, Described, Start};
use sip::message::{Method, Status, name};
use uuid::Uuid;

use super::super::bridge::write;
use super::super::phone::BOTH;
use super::{LEG, Story, it, offer, start};

#[test]
fn a_change_the_phone_need_not_know_is_no_sip_message() {
    let mut story = Story::talking();
    assert_eq!(story.says(Call::ChangeLock(it())), ["change.lock.ok"]);
    assert_eq!(story.says(offer((BOTH, None))), ["change.answer"]);
    let claim = Start { id: CallId(Uuid::from_u128(2)), replace: true, ..start() };
    let heard = story.feed(Input::TakeOver { leg: LEG, start: Box::new(claim) });
    assert_eq!(heard, ["end replaced", "alive", "accept"]);
}

#[test]
fn hold_is_told_by_re_invite_and_again_after_a_glare() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    assert_eq!(story.says(offer((Direction::SendOnly, None))), ["change.answer", "> INVITE"]);
    assert!(story.last(Method::Invite).1.body().windows(8).any(|text| text == b"sendonly"));
    assert!(story.respond(Status::REQUEST_PENDING, "t1", None).is_empty());
    story.now += Duration::from_secs(4);
    assert_eq!(story.feed(Input::Timeout), ["> INVITE"]);
    assert_eq!(story.respond(Status::OK, "t1", Some((Direction::RecvOnly, None))), ["> ACK"]);
    assert!(story.feed(Input::Timeout).is_empty(), "it knows");
}

#[test]
fn a_phone_that_always_has_a_glare_is_left_alone_and_the_browser_told() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    story.says(offer((Direction::SendOnly, None)));
    let (begin, mut offers) = (story.now, 1);
    let told = loop {
        let heard = story.respond(Status::REQUEST_PENDING, "t1", None);
        if !heard.is_empty() {
            break heard;
        }
        story.now = story.wake.expect("another try");
        offers += story.feed(Input::Timeout).len();
        assert!(offers < 50, "for ever");
    };
    assert_eq!(told, ["changeFailed \"491 Request Pending\""]);
    let took = story.now - begin;
    assert!(took > Duration::from_secs(32) && took < Duration::from_secs(60) && offers > 10, "{took:?} {offers}");
    assert!(story.feed(Input::Timeout).is_empty(), "the call lives, and rests");
    story.says(Call::ChangeLock(it()));
    assert_eq!(story.says(offer((BOTH, None))), ["change.answer", "> INVITE"], "the next change is tried anew");
    assert_eq!(story.respond(Status::OK, "t1", Some((BOTH, None))), ["> ACK"]);
}

#[test]
fn video_is_given_up_too_where_the_phone_always_has_a_glare() {
    let mut story = Story::talking();
    let begin = story.now;
    let told = loop {
        story.says(Call::ChangeLock(it()));
        let asked = story.says(offer((BOTH, Some(BOTH))));
        if asked != ["> INVITE"] {
            assert_eq!(asked, ["change.lock.reset"], "not yet again");
        } else {
            let heard = story.respond(Status::REQUEST_PENDING, "t1", None);
            if heard != ["change.lock.reset"] {
                break heard;
            }
        }
        story.now += Duration::from_secs(4);
        story.feed(Input::Timeout);
        assert!(story.now - begin < Duration::from_secs(90), "for ever");
    };
    assert_eq!(told, ["changeFailed \"491 Request Pending\"", "change.answer"]);
}

#[test]
fn video_waits_for_the_phone_and_a_refusal_keeps_the_call() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    assert_eq!(story.says(offer((BOTH, Some(BOTH)))), ["> INVITE"]);
    let heard = story.respond(Status::NOT_ACCEPTABLE_HERE, "t1", None);
    assert_eq!(heard, ["changeFailed \"488 Not Acceptable Here\"", "change.answer"]);
    assert!(story.feed(Input::Timeout).is_empty());
}

#[test]
fn a_phone_holds_resumes_refreshes_and_wants_an_offer() {
    let mut story = Story::talking();
    assert_eq!(story.offers(2, (Direction::SendOnly, None)), ["info Some(true) ", "> 200"]);
    let answer = story.responses.last().unwrap().clone();
    assert!(answer.body().windows(8).any(|text| text == b"recvonly"));
    assert_eq!(story.offers(3, (BOTH, None)), ["> 500"], "the ACK is not there yet");
    story.acknowledge(2);
    assert_eq!(story.offers(4, (BOTH, None)), ["info Some(false) ", "> 200"]);
    story.acknowledge(4);
    assert_eq!(story.asks("INVITE", 5, &[], None), ["> 200"], "our offer");
}

#[test]
fn a_phone_that_wants_video_waits_for_the_browser_but_not_for_ever() {
    let mut story = Story::talking();
    assert_eq!(story.offers(2, (BOTH, Some(BOTH))), ["change.lock"]);
    assert_eq!(story.says(Call::ChangeLockOk(it())), ["change.offer"]);
    let sdp = write((BOTH, Some(BOTH)), 3);
    assert_eq!(story.says(Call::ChangeAnswer(Described { id: LEG, gcid: None, sdp })), ["> 200"]);
    let mut story = Story::talking();
    story.offers(2, (BOTH, Some(BOTH)));
    story.now += Duration::from_secs(10);
    assert!(story.feed(Input::Timeout).contains(&"> 200".to_owned()));
}

#[test]
fn what_a_phone_asks_in_vain_it_is_told_how_to_ask() {
    let mut story = Story::talking();
    let body = Some(("text/plain", "x".to_owned()));
    for (method, body, status, name, value) in [
        ("INFO", body, "> 415", name::ACCEPT, "application/dtmf"),
        ("SUBSCRIBE", None, "> 489", name::ALLOW_EVENTS, "refer"),
        ("MESSAGE", None, "> 405", name::ALLOW, "INFO"),
        ("OPTIONS", None, "> 200", name::ACCEPT, "application/sdp"),
    ] {
        let number = 2 + story.responses.len() as u32;
        assert_eq!(story.asks(method, number, &[], body), [status], "{method}");
        let told = story.responses.last().unwrap().headers.text(&name).unwrap();
        assert!(told.contains(value), "{method}: {told}");
    }
}
