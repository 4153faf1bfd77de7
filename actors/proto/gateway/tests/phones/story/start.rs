//! How calls come about, or do not.

use gateway::sip::DtmfMode;
use gateway::sip::Input;
use sdp::Direction;
use signal::call::Call;
use sip::message::{Method, Status, Uri, name};

use super::super::phone::BOTH;
use super::{Story, end, it};

#[test]
fn early_media_of_several_forks_and_the_answer_of_one() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    assert_eq!(story.heard, ["alive", "> INVITE"]);
    story.heard.clear();
    assert_eq!(story.respond(Status::RINGING, "t1", None), ["ringing"]);
    assert_eq!(story.respond(Status::SESSION_PROGRESS, "t2", Some((BOTH, None))), ["progress"]);
    assert!(story.respond(Status::RINGING, "t2", None).is_empty(), "it rings already");
    let heard = story.respond(Status::OK, "t1", Some((Direction::SendOnly, None)));
    assert_eq!(heard, ["> ACK", "accept", "info Some(true) "], "at once, whatever the browser says");
    assert_eq!(story.respond(Status::OK, "t2", Some((BOTH, None))), ["> ACK", "> BYE"], "the second fork");
    assert!(story.says(Call::AckAccept(it())).is_empty());
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"]);
}

#[test]
fn what_an_answer_in_183_said_counts_if_the_200_says_nothing() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.respond(Status::SESSION_PROGRESS, "t1", Some((BOTH, None)));
    assert_eq!(story.respond(Status::OK, "t1", None), ["> ACK", "accept"]);
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.heard.clear();
    assert_eq!(story.respond(Status::OK, "t1", None), ["> ACK", "end notAcceptable", "> BYE"]);
}

#[test]
fn refusals_have_their_reasons() {
    for (code, reason) in
        [(486, "busy"), (603, "declined"), (404, "notFound"), (488, "notAcceptable"), (503, "unavailable")]
    {
        let mut story = Story::outgoing(DtmfMode::Auto);
        story.heard.clear();
        assert_eq!(story.respond(Status::new(code).unwrap(), "x", None), [format!("end {reason}")]);
        story.heard.clear();
        assert_eq!(story.says(Call::AckEnd(it())), ["done"]);
    }
}

#[test]
fn a_caller_that_gives_up_sends_cancel_once_something_came() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    assert_eq!(story.says(end("canceled"))[2..], ["ack.end"]);
    assert_eq!(story.respond(Status::RINGING, "t1", None), ["> CANCEL"]);
    assert_eq!(story.respond(Status::OK, "t1", Some((BOTH, None))), ["> ACK", "> BYE"], "it crossed");
}

#[test]
fn a_redirection_keeps_the_call_and_is_asked_about_each_time() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    let (first, moved) = (story.last(Method::Invite).1, Status::new(302).unwrap());
    story.heard.clear();
    let contact = [(name::CONTACT, "<sip:c@h>, <sip:d@h>;q=0.5")];
    assert_eq!(story.respond_with(Method::Invite, moved, "x", None, &contact), ["may sip:c@h"]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.feed(Input::Target { question, uri }), ["> INVITE"]);
    let second = story.last(Method::Invite).1;
    assert_eq!((second.uri().to_string(), second.cseq().unwrap().number), ("sip:c@h".into(), 2));
    assert_eq!(second.headers.call_id(), first.headers.call_id());
    assert_eq!(second.headers.from(), first.headers.from());
    assert_eq!(second.headers.to(), first.headers.to());
    // Back to who was called already: the other one of the first 3xx is left.
    let back = [(name::CONTACT, "<sip:b@h>")];
    assert_eq!(story.respond_with(Method::Invite, moved, "x", None, &back), ["may sip:d@h"]);
    let question = story.asked.unwrap();
    assert_eq!(story.feed(Input::Target { question, uri: None }), ["end unavailable"]);
}

#[test]
fn a_caller_that_gives_up_while_a_redirection_is_asked_about_calls_nobody() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.heard.clear();
    story.respond_with(Method::Invite, Status::new(302).unwrap(), "x", None, &[(name::CONTACT, "<sip:c@h>")]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.says(end("canceled")), ["ack.end", "done"]);
    assert!(story.feed(Input::Target { question, uri }).is_empty());
}

#[test]
fn too_short_a_session_rings_nobody() {
    let lines = [(name::SUPPORTED, "timer"), (name::SESSION_EXPIRES, "60")];
    let story = Story::incoming(&lines, Some((BOTH, None)));
    assert_eq!(story.heard, ["> 422", "done"]);
    assert_eq!(story.responses[0].headers.min_se(), Ok(Some(90)));
}

#[test]
fn a_network_that_wants_longer_sessions_gets_them() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    let (small, first) = (Status::new(422).unwrap(), story.last(Method::Invite).1);
    assert_eq!(story.respond_with(Method::Invite, small, "x", None, &[(name::MIN_SE, "7200")])[2..], ["> INVITE"]);
    let again = story.last(Method::Invite).1;
    assert_eq!((again.headers.call_id(), again.headers.min_se()), (first.headers.call_id(), Ok(Some(7200))));
    assert_eq!(again.headers.session_expires().unwrap().unwrap().interval, 7200);
    let mut story = Story::talking();
    let heard = story.asks("UPDATE", 2, &[(name::SESSION_EXPIRES, "60")], None);
    assert_eq!((heard[0].as_str(), story.responses[0].headers.min_se()), ("> 422", Ok(Some(90))));
}
