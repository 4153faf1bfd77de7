//! How calls come about, or do not.

use std::time::Duration;

use gateway::sip::{Branch, DtmfMode, Input, Line};
use sdp::Direction;
use signal::call::{Accept, Call, Ringing};
use sip::message::{Method, Status, Uri, name};

use super::super::bridge::{Kinds, write};
use super::super::phone::BOTH;
use super::super::world::line;
use super::{LEG, Story, end, it};

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
fn a_call_that_was_forked_is_refreshed_like_any_other() {
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.respond(Status::RINGING, "t1", None);
    story.respond(Status::RINGING, "t2", None);
    let lines = [(name::SESSION_EXPIRES, "1800;refresher=uac"), (name::ALLOW, "INVITE, UPDATE")];
    story.respond_with(Method::Invite, Status::OK, "t1", Some((BOTH, None)), &lines);
    story.says(Call::AckAccept(it()));
    let (begin, mut heard) = (story.now, Vec::new());
    while heard.is_empty() {
        story.now = story.wake.take().expect("a wake-up for the refresh");
        heard = story.feed(Input::Timeout);
    }
    assert_eq!((heard, story.now - begin), (vec!["> UPDATE".to_owned()], Duration::from_secs(900)));
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
    assert_eq!(story.respond_with(Method::Invite, moved, "x", None, &contact), ["moved to sip:c@h"]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.feed(Input::Target { question, uri }), ["> INVITE"]);
    let second = story.last(Method::Invite).1;
    assert_eq!((second.uri().to_string(), second.cseq().unwrap().number), ("sip:c@h".into(), 2));
    assert_eq!(second.headers.call_id(), first.headers.call_id());
    assert_eq!(second.headers.from(), first.headers.from());
    assert_eq!(second.headers.to(), first.headers.to());
    // Back to who was called already: the other one of the first 3xx is left.
    let back = [(name::CONTACT, "<sip:b@h>")];
    assert_eq!(story.respond_with(Method::Invite, moved, "x", None, &back), ["moved to sip:d@h"]);
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

/// A browser that may be rung.
fn branch() -> Input {
    Input::Branches { legs: vec![Branch { leg: LEG, account: None }] }
}

fn rings() -> Call {
    Call::Ringing(Ringing { id: LEG, gcid: None, account: None })
}

fn accepts() -> Call {
    let sdp = Some(write((BOTH, None), 5));
    Call::Accept(Accept { id: LEG, gcid: None, account: None, trickle: true, sdp })
}

const RELIABLE: [(name::Name, &str); 1] = [(name::REQUIRE, "100rel")];

impl Story {
    fn prack(&mut self, number: u32, sdp: Option<Kinds>) -> Vec<String> {
        let rseq = self.responses.iter().rev().find_map(|response| response.headers.rseq().unwrap()).unwrap();
        let rack = format!("{rseq} 1 INVITE");
        self.asks("PRACK", number, &[(name::RACK, &rack)], sdp.map(|kinds| ("application/sdp", write(kinds, 7))))
    }

    fn body(&self) -> &[u8] {
        self.responses.last().unwrap().body()
    }
}

#[test]
fn a_caller_without_offer_that_insists_on_100rel_gets_ours_in_the_180_and_answers_in_prack() {
    let mut story = Story::incoming(&RELIABLE, None);
    assert_eq!(story.feed(branch()), ["start"]);
    assert_eq!(story.says(rings()), ["> 180"]);
    assert!(!story.body().is_empty() && story.responses[0].headers.requires("100rel"));
    assert_eq!(story.prack(2, Some((Direction::SendOnly, None))), ["> 200"]);
    assert_eq!(story.says(accepts()), ["ack.accept", "info Some(true) ", "> 200"]);
    assert!(story.body().is_empty(), "it is agreed on already");
    story.acknowledge(1);
    assert_eq!(story.offers(3, (BOTH, None)), ["info Some(false) ", "> 200"], "an ordinary call");
}

#[test]
fn the_answer_to_the_offer_in_the_180_may_come_after_the_accept() {
    let mut story = Story::incoming(&RELIABLE, None);
    story.feed(branch());
    story.says(rings());
    assert_eq!(story.says(accepts()), ["ack.accept"], "the 200 waits for the PRACK");
    assert_eq!(story.prack(2, Some((BOTH, None))), ["> 200", "> 200"]);
    story.acknowledge(1);
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"]);
    // Nobody rang: the 200 is the offer.
    let mut story = Story::incoming(&RELIABLE, None);
    story.feed(branch());
    assert_eq!(story.says(accepts()), ["ack.accept", "> 200"]);
    assert!(!story.body().is_empty());
    let invite = story.invite.clone();
    assert!(story.ack_of(&invite, 1, Some((BOTH, None))).is_empty());
}

#[test]
fn a_prack_without_the_answer_ends_in_a_call_without_media_and_so_in_none() {
    let mut story = Story::incoming(&RELIABLE, None);
    story.feed(branch());
    story.says(rings());
    story.prack(2, None);
    assert_eq!(story.says(accepts()), ["ack.accept", "> 200"]);
    let invite = story.invite.clone();
    assert_eq!(story.ack_of(&invite, 1, None), ["end notAcceptable", "> BYE"]);
}

#[test]
fn an_update_before_the_answer_is_answered_for_either_caller() {
    let sdp = |kinds| Some(("application/sdp", write(kinds, 8)));
    let mut story = Story::incoming(&RELIABLE, None);
    story.feed(branch());
    story.says(rings());
    story.prack(2, Some((BOTH, None)));
    assert_eq!(story.asks("UPDATE", 3, &[], sdp((Direction::SendOnly, None))), ["> 200"]);
    assert!(story.body().windows(8).any(|text| text == b"recvonly"));
    assert_eq!(story.says(accepts()), ["ack.accept", "info Some(true) ", "> 200"]);
    let mut story = Story::outgoing(DtmfMode::Auto);
    let lines = [(name::REQUIRE, "100rel"), (name::RSEQ, "1")];
    let progress = Status::SESSION_PROGRESS;
    let heard = story.respond_with(Method::Invite, progress, "t1", Some((BOTH, None)), &lines);
    assert_eq!(heard[2..], ["> PRACK", "progress"]);
    assert_eq!(story.asks("UPDATE", 2, &[], sdp((Direction::SendOnly, None))), ["> 200"]);
    let mut other = story_of_update(&lines);
    assert_eq!(story.respond(Status::OK, "t1", None), ["> ACK", "accept", "info Some(true) "]);
    // A 2xx that repeats what was said before the UPDATE changes nothing.
    assert_eq!(other.respond(Status::OK, "t1", Some((BOTH, None))), ["> ACK", "accept", "info Some(true) "]);
    // What another fork says counts, even in the words the first one began with.
    let mut other = story_of_update(&lines);
    assert_eq!(other.respond(Status::OK, "t2", Some((BOTH, None))), ["> ACK", "accept"]);
}

#[test]
fn a_phone_that_rings_for_long_is_told_so_every_minute() {
    let long = Line { ring_timeout: Duration::from_secs(200), ..line() };
    for (lines, said) in [(&[][..], "> 180"), (&RELIABLE[..], "> 180")] {
        let mut story = Story::incoming_on(long.clone(), lines, Some((BOTH, None)));
        story.feed(branch());
        assert_eq!(story.says(rings()), [said]);
        if !lines.is_empty() {
            story.prack(2, None);
        }
        let (begin, mut heard) = (story.now, Vec::new());
        while !heard.contains(&"end noAnswer".to_owned()) {
            story.now = story.wake.take().expect("a wake-up");
            let now = story.feed(Input::Timeout);
            if now == [said] && !lines.is_empty() {
                let number = 3 + heard.len() as u32;
                story.prack(number, None);
            }
            heard.extend(now);
        }
        assert_eq!(heard[..3], [said; 3]);
        assert_eq!(story.now - begin, Duration::from_secs(200));
    }
}

/// A phone that changed its mind before the answer.
fn story_of_update(lines: &[(name::Name, &str)]) -> Story {
    let mut story = Story::outgoing(DtmfMode::Auto);
    story.respond_with(Method::Invite, Status::SESSION_PROGRESS, "t1", Some((BOTH, None)), lines);
    let sdp = write((Direction::SendOnly, None), 8);
    assert_eq!(story.asks("UPDATE", 2, &[], Some(("application/sdp", sdp))), ["> 200"]);
    story
}
