//! Keys, both ways.

use std::time::Duration;

use gateway::sip::{DtmfMode, Input, MediaEvent, Side, SipInput};
use signal::call::{Call, Dtmf};
use sip::message::{Method, Status};

use super::super::phone::BOTH;
use super::{LEG, Story, it};

fn dtmf(keys: &str) -> Call {
    Call::Dtmf(Dtmf { id: LEG, gcid: None, dtmf: keys.into(), duration_ms: Some(100), account: None })
}

fn pressed(side: Side, digit: char) -> Input {
    Input::Media(MediaEvent::Dtmf { side, digit, duration: Duration::from_millis(100) })
}

fn by_info() -> Story {
    let mut story = Story::outgoing(DtmfMode::Info);
    story.respond(Status::OK, "t1", Some((BOTH, None)));
    story.says(Call::AckAccept(it()));
    story
}

impl Story {
    /// Until nothing is to be done for five seconds.
    fn wait(&mut self) -> Vec<String> {
        let (end, mut heard) = (self.now + Duration::from_secs(5), Vec::new());
        while let Some(at) = self.wake.take().filter(|at| *at <= end) {
            self.now = at;
            heard.extend(self.feed(Input::Timeout));
        }
        heard
    }
}

#[test]
fn keys_go_one_after_the_other_with_their_pauses() {
    let mut story = Story::talking();
    let begin = story.now;
    assert!(story.says(dtmf("1,#")).is_empty());
    assert_eq!(story.keys, "1");
    story.says(dtmf("2"));
    assert_eq!(story.keys, "1", "it waits behind the pause");
    story.now += Duration::from_secs(2);
    story.feed(Input::Timeout);
    assert_eq!(story.keys, "1");
    story.wait();
    assert_eq!(story.keys, "1#2");
    assert!(story.now - begin > Duration::from_millis(2_300), "two seconds behind the key");
}

#[test]
fn each_info_waits_for_the_answer_to_the_one_before() {
    let mut story = by_info();
    assert_eq!(story.says(dtmf("1#")), ["> INFO"]);
    story.now += Duration::from_secs(1);
    assert!(story.feed(Input::Timeout).is_empty() && story.wait().is_empty(), "no answer yet");
    assert!(story.last(Method::Info).1.body().starts_with(b"Signal=1"));
    let heard = story.respond_with(Method::Info, Status::OK, "t1", None, &[]);
    assert_eq!(heard, ["> INFO"]);
    assert!(story.last(Method::Info).1.body().starts_with(b"Signal=#"));
    assert_eq!(story.keys, "", "not as RTP too");
    // The key was not held as long as it should be yet.
    assert!(story.says(dtmf("2")).is_empty());
    assert!(story.respond_with(Method::Info, Status::OK, "t1", None, &[]).is_empty());
    assert_eq!(story.wait(), ["> INFO"]);
}

#[test]
fn a_phone_that_takes_no_keys_is_told_of() {
    let mut story = by_info();
    story.says(dtmf("12,3"));
    let heard = story.respond_with(Method::Info, Status::UNSUPPORTED_MEDIA_TYPE, "t1", None, &[]);
    assert_eq!(heard, ["dtmfFailed \"415 Unsupported Media Type\""]);
    assert!(story.wait().is_empty(), "the rest is not dialled");
    assert_eq!(story.says(dtmf("1")), ["refused NotSupported"]);
    let mut story = Story::talking();
    let detail = "it holds".to_owned();
    assert_eq!(story.feed(Input::Media(MediaEvent::DtmfFailed { detail })), ["dtmfFailed \"it holds\""]);
    let long = "1,".repeat(32);
    let refused: Vec<_> = (0..6).flat_map(|_| story.says(dtmf(&long))).collect();
    assert_eq!(refused, ["refused LimitExceeded", "refused LimitExceeded"]);
}

#[test]
fn what_the_browser_sends_as_rtp_goes_the_way_of_the_line_and_once() {
    let mut story = Story::talking();
    assert!(story.feed(pressed(Side::Browser, '5')).is_empty());
    assert_eq!(story.keys, "5");
    let mut story = by_info();
    assert_eq!(story.feed(pressed(Side::Browser, '5')), ["> INFO"]);
    assert_eq!(story.keys, "");
}

#[test]
fn the_phones_keys_arrive_once_however_it_sends_them() {
    let mut story = Story::talking();
    let relay = || Some(("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n".to_owned()));
    assert_eq!(story.asks("INFO", 2, &[], relay()), ["dtmf 5", "> 200"]);
    assert_eq!(story.asks("INFO", 3, &[], relay()), ["dtmf 5", "> 200"], "pressed twice");
    assert_eq!(story.asks("INFO", 4, &[], Some(("application/dtmf", "11".to_owned()))), ["dtmf #", "> 200"]);
    assert_eq!(story.feed(pressed(Side::Phone, '7')), ["dtmf 7"]);
    assert!(story.feed(pressed(Side::Phone, '5')).is_empty(), "what INFO told already");
    assert!(story.feed(pressed(Side::Phone, '5')).is_empty());
    assert_eq!(story.feed(pressed(Side::Phone, '5')), ["dtmf 5"], "a third press");
    assert_eq!(story.asks("INFO", 5, &[], relay()), ["> 200"]);
    story.now += Duration::from_secs(6);
    assert_eq!(story.feed(pressed(Side::Phone, '7')), ["dtmf 7"]);
}

#[test]
fn keys_end_with_the_call() {
    let mut story = by_info();
    story.says(dtmf("1,2"));
    let (reference, _) = story.last(Method::Info);
    let heard = story.feed(Input::Sip(SipInput::NoResponse { reference, status: Status::REQUEST_TIMEOUT }));
    assert_eq!(heard, ["> BYE", "end connectionLost"]);
    assert!(story.wait().iter().all(|what| what != "> INFO"));
}
