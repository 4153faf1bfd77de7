//! Requests that do not get through to the phone, and challenges that nobody can answer.

use std::time::Duration;

use gateway::sip::{DtmfMode, Input, MediaEvent, Side, SipInput};
use sdp::Direction;
use signal::call::{Call, Dtmf, Transfer};
use sip::message::{Method, Status, Uri};

use super::super::phone::BOTH;
use super::{LEG, Story, it, offer};

const AWAY: Status = Status::SERVICE_UNAVAILABLE;

impl Story {
    /// A request of that method cannot be sent: a closed port, no name, no room.
    fn unsent(&mut self, method: Method) -> Vec<String> {
        let reference = self.last(method).0;
        self.feed(Input::Sip(SipInput::NoResponse { reference, status: AWAY }))
    }

    fn pass(&mut self, seconds: u64) -> Vec<String> {
        let (end, mut heard) = (self.now + Duration::from_secs(seconds), Vec::new());
        while let Some(at) = self.wake.take().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            heard.extend(self.feed(Input::Timeout));
        }
        self.now = end;
        heard.extend(self.feed(Input::Timeout));
        heard
    }

    /// The browser holds, which the phone is told.
    fn holds(&mut self) {
        self.says(Call::ChangeLock(it()));
        assert!(self.says(offer((Direction::SendOnly, None))).contains(&"> INVITE".to_owned()));
    }

    fn silent(&mut self) -> Vec<String> {
        self.feed(Input::Media(MediaEvent::Silent { side: Side::Phone }))
    }

    fn hands_on(&mut self) {
        self.says(Call::Transfer(Transfer { id: LEG, gcid: None, target: Some("c".into()), replaces: None }));
        let question = self.asked.unwrap();
        self.feed(Input::Target { question, uri: Uri::parse("sip:c@h") });
    }

    fn presses(&mut self) -> Vec<String> {
        let keys = Dtmf { id: LEG, gcid: None, dtmf: "12".into(), duration_ms: Some(100), account: None };
        self.says(Call::Dtmf(keys))
    }

    /// A call whose keys go by INFO.
    fn with_info() -> Story {
        let mut story = Story::outgoing(DtmfMode::Info);
        story.respond(Status::OK, "t1", Some((BOTH, None)));
        story.says(Call::AckAccept(it()));
        story
    }
}

#[test]
fn a_way_that_is_blocked_for_a_moment_fails_what_was_asked_and_not_the_call() {
    let mut story = Story::talking();
    story.holds();
    assert_eq!(story.unsent(Method::Invite), ["changeFailed \"503 Service Unavailable\""]);
    let mut story = Story::talking();
    story.hands_on();
    assert_eq!(story.unsent(Method::Refer), ["transfer failed"]);
    let mut story = Story::with_info();
    assert_eq!(story.presses(), ["> INFO"]);
    assert_eq!(story.unsent(Method::Info), ["dtmfFailed \"503 Service Unavailable\""]);
    // It is asked for as soon as the way may be free again.
    assert!(story.pass(19).is_empty());
    assert_eq!(story.pass(1), ["> OPTIONS"]);
    assert!(story.respond_with(Method::Options, Status::OK, "t1", None, &[]).is_empty());
    assert!(story.pass(600).is_empty(), "it is there");
    story.still_talks();
}

#[test]
fn a_phone_that_is_not_reached_twice_in_a_while_is_lost() {
    let mut story = Story::talking();
    assert_eq!(story.silent(), ["> OPTIONS"]);
    assert!(story.unsent(Method::Options).is_empty());
    assert!(story.silent().is_empty(), "a second question at once would find the same");
    assert_eq!(story.pass(20), ["> OPTIONS"]);
    assert_eq!(story.unsent(Method::Options), ["> BYE", "end connectionLost"]);
}

#[test]
fn what_fails_at_the_same_moment_fails_once() {
    let mut story = Story::with_info();
    story.presses();
    assert_eq!(story.silent(), ["> OPTIONS"]);
    story.unsent(Method::Info);
    assert!(story.unsent(Method::Options).is_empty());
    assert_eq!(story.pass(20), ["> OPTIONS"]);
    assert!(story.respond_with(Method::Options, Status::NOT_IMPLEMENTED, "t1", None, &[]).is_empty());
    // Anew, much later.
    assert_eq!(story.pass(30), ["> OPTIONS"]);
    assert!(story.unsent(Method::Options).is_empty());
}

#[test]
fn a_phone_that_its_proxy_does_not_find_is_lost() {
    for code in [404, 410, 430, 477, 480, 483, 502, 503, 504, 604] {
        let mut story = Story::talking();
        assert_eq!(story.silent(), ["> OPTIONS"]);
        let status = Status::new(code).unwrap();
        assert!(story.respond_with(Method::Options, status, "t1", None, &[]).is_empty(), "{code}: once is nothing");
        assert_eq!(story.pass(20), ["> OPTIONS"]);
        // Some proxies challenge before they look.
        assert_eq!(story.respond_with(Method::Options, Status::UNAUTHORIZED, "t1", None, &[]), ["challenged"]);
        let reference = story.last(Method::Options).0;
        assert_eq!(story.feed(Input::Credentials { reference, taken: true }), ["> OPTIONS"]);
        let heard = story.respond_with(Method::Options, status, "t1", None, &[]);
        assert_eq!(heard, ["> BYE", "end connectionLost"], "{code}");
    }
    // What only a phone says: it is there.
    for code in [400, 405, 415, 486, 488, 500, 501, 600] {
        let mut story = Story::talking();
        story.silent();
        for _ in 0..5 {
            let status = Status::new(code).unwrap();
            assert!(story.respond_with(Method::Options, status, "t1", None, &[]).is_empty());
            assert_eq!(story.pass(30), ["> OPTIONS"], "{code}");
        }
    }
}

#[test]
fn a_phone_that_is_lost_while_it_hands_on_leaves_the_transfer_to_go_on() {
    let mut story = Story::handed_over();
    story.silent();
    story.unsent(Method::Options);
    assert_eq!(story.pass(20), ["> OPTIONS"]);
    assert_eq!(story.unsent(Method::Options), ["> BYE"], "the browser stays");
    let heard = story.respond(Status::OK, "t9", Some((BOTH, None)));
    assert_eq!(heard, ["> ACK", "info None sip:c@h"]);
}

#[test]
fn a_challenge_that_cannot_be_answered_fails_what_was_asked_and_not_the_call() {
    let fails = |mut story: Story, method: Method, told: &[&str]| {
        for status in [Status::UNAUTHORIZED, Status::PROXY_AUTHENTICATION_REQUIRED] {
            let reference = story.last(method.clone()).0;
            if story.respond_with(method.clone(), status, "t1", None, &[]) == ["challenged"] {
                assert_eq!(story.feed(Input::Credentials { reference, taken: false }), told, "{method}");
            }
        }
        story.still_talks();
    };
    let mut story = Story::talking();
    story.silent();
    fails(story, Method::Options, &[]);
    let mut story = Story::talking();
    story.hands_on();
    fails(story, Method::Refer, &["transfer failed"]);
    let mut story = Story::with_info();
    story.presses();
    fails(story, Method::Info, &["dtmfFailed \"403 Forbidden\""]);
    let mut story = Story::talking();
    story.holds();
    fails(story, Method::Invite, &["changeFailed \"403 Forbidden\""]);
}
