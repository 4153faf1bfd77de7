//! What ends a call that nobody hangs up.

use std::time::Duration;

use gateway::sip::{Branch, DtmfMode, Input, MediaEvent, Side, SipInput};
use sdp::Direction;
use signal::EndReason;
use signal::call::{Accept, Call, Ringing};
use sip::message::{Method, Status, name};

use super::super::bridge::write;
use super::super::phone::BOTH;
use super::{LEG, Story, end, it, offer};

/// No leg may outlive its peer by more.
const STUCK: Duration = Duration::from_secs(90);

impl Story {
    /// Lets time pass while the phone is silent: each request is given up after 32 s, as the transactions do. What was
    /// heard until `wanted` was.
    fn alone_until(&mut self, wanted: &str) -> Vec<String> {
        let (begin, mut heard, mut pending) = (self.now, Vec::new(), Vec::new());
        let mut known = 0;
        while !heard.iter().any(|what| what == wanted) {
            for (reference, _) in &self.sent[known..] {
                pending.push((self.now + Duration::from_secs(32), *reference));
            }
            known = self.sent.len();
            let lost = pending.iter().map(|(at, _)| *at).min();
            let next = self.wake.take().into_iter().chain(lost).min();
            self.now = self.now.max(next.unwrap_or_else(|| panic!("{wanted} never comes: {heard:?}")));
            assert!(self.now - begin <= STUCK, "{wanted} comes too late: {heard:?}");
            let (due, later): (Vec<_>, Vec<_>) = pending.into_iter().partition(|(at, _)| *at <= self.now);
            pending = later;
            for (_, reference) in due {
                let status = Status::REQUEST_TIMEOUT;
                heard.extend(self.feed(Input::Sip(SipInput::NoResponse { reference, status })));
            }
            heard.extend(self.feed(Input::Timeout));
        }
        heard
    }

    /// A phone calls and is answered; its ACK is not there yet.
    fn answered() -> Story {
        let mut story = Story::incoming(&[], Some((BOTH, None)));
        story.feed(Input::Branches { legs: vec![Branch { leg: LEG, account: None }] });
        story.says(Call::Ringing(Ringing { id: LEG, gcid: None, account: None }));
        let sdp = Some(write((BOTH, None), 5));
        let heard = story.says(Call::Accept(Accept { id: LEG, gcid: None, account: None, trickle: true, sdp }));
        assert_eq!(heard, ["ack.accept", "> 200"]);
        story
    }
}

#[test]
fn a_phone_that_never_acknowledges_and_never_answers_bye() {
    let mut story = Story::answered();
    assert_eq!(story.alone_until("end timeout").last().unwrap(), "> BYE");
    story.says(Call::AckEnd(it()));
    story.alone_until("done");
}

#[test]
fn a_phone_that_never_answers_bye() {
    let mut story = Story::talking();
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"], "the browser is free at once");
    story.alone_until("done");
}

#[test]
fn a_phone_that_never_answers_cancel() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.respond(Status::RINGING, "t1", None);
    assert_eq!(story.says(end("canceled")), ["ack.end", "> CANCEL"]);
    // The transaction gives up 32 s after its CANCEL (RFC 3261 section 9.1).
    let (reference, status) = (story.last(Method::Invite).0, Status::REQUEST_TIMEOUT);
    story.now += Duration::from_secs(32);
    assert!(story.feed(Input::Sip(SipInput::NoResponse { reference, status })).is_empty());
    story.alone_until("done");
}

#[test]
fn a_phone_that_never_acknowledges_a_reliable_response() {
    let mut story = Story::incoming(&[(name::REQUIRE, "100rel")], Some((BOTH, None)));
    story.feed(Input::Branches { legs: vec![Branch { leg: LEG, account: None }] });
    story.says(Call::Ringing(Ringing { id: LEG, gcid: None, account: None }));
    let heard = story.alone_until("end connectionLost");
    assert!(heard.contains(&"> 500".to_owned()), "{heard:?}");
}

#[test]
fn a_phone_that_dies_on_hold() {
    for kinds in [(Direction::SendOnly, None), (Direction::Inactive, None), (Direction::RecvOnly, None)] {
        let mut story = Story::talking();
        story.offers(2, kinds);
        story.acknowledge(2);
        // It is there for the first time.
        story.now += Duration::from_secs(30);
        assert_eq!(story.feed(Input::Timeout), ["> OPTIONS"], "{kinds:?}");
        assert!(story.respond_with(Method::Options, Status::METHOD_NOT_ALLOWED, "t1", None, &[]).is_empty());
        assert_eq!(story.alone_until("end connectionLost"), ["> OPTIONS", "> BYE", "end connectionLost"]);
    }
}

#[test]
fn a_phone_that_sends_nothing_is_asked_again_and_again() {
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::Media(MediaEvent::Silent { side: Side::Phone })), ["> OPTIONS"]);
    assert!(story.respond_with(Method::Options, Status::OK, "t1", None, &[]).is_empty());
    assert_eq!(story.alone_until("end connectionLost"), ["> OPTIONS", "> BYE", "end connectionLost"]);
}

#[test]
fn a_phone_that_dies_while_it_is_handed_on_or_hands_on() {
    let mut story = Story::handed_on();
    story.feed(Input::Media(MediaEvent::Silent { side: Side::Phone }));
    let reference = story.last(Method::Options).0;
    story.now += Duration::from_secs(32);
    let heard = story.feed(Input::Sip(SipInput::NoResponse { reference, status: Status::REQUEST_TIMEOUT }));
    assert_eq!(heard, ["> BYE", "end connectionLost"]);
    // Neither who hands on nor who is called answers any more.
    let mut story = Story::handed_over();
    story.asks("BYE", 3, &[], None);
    story.alone_until("end noAnswer");
}

#[test]
fn dead_media_and_a_silent_phone_end_the_call() {
    let mut story = Story::talking();
    let detail = "gone".to_owned();
    assert_eq!(story.feed(Input::Media(MediaEvent::Failed { detail })), ["end mediaFailed", "> BYE"]);
    let mut story = Story::talking();
    let no_keys = || Input::Media(MediaEvent::NoKeys { detail: "no handshake".to_owned() });
    assert_eq!(story.feed(no_keys()), ["end mediaFailed", "> BYE"]);
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.respond(Status::SESSION_PROGRESS, "t1", Some((BOTH, None)));
    assert!(story.feed(no_keys()).is_empty(), "it rings, and may be answered by another");
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::Media(MediaEvent::Silent { side: Side::Phone })), ["> OPTIONS"]);
    let (reference, _) = story.last(Method::Options);
    let heard = story.feed(Input::Sip(SipInput::NoResponse { reference, status: Status::REQUEST_TIMEOUT }));
    assert_eq!(heard, ["> BYE", "end connectionLost"]);
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::LegLost { leg: LEG }), ["> BYE"]);
    let mut story = Story::talking();
    let drained = Input::End { reason: EndReason::Unavailable, detail: None };
    assert_eq!(story.feed(drained), ["end unavailable", "> BYE"]);
}

#[test]
fn a_challenge_that_crosses_the_end_is_nothing_to_wait_for() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    assert!(story.says(offer((Direction::SendOnly, None))).contains(&"> INVITE".to_owned()));
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"]);
    assert!(story.respond_with(Method::Bye, Status::OK, "t1", None, &[]).is_empty());
    assert_eq!(story.respond(Status::UNAUTHORIZED, "t1", None), ["done"]);
}
