//! Who is to take the phone's place is gone before the bridge has swapped both.

use std::time::Duration;

use gateway::sip::{Input, SipInput};
use sdp::Direction;
use signal::call::Call;
use sip::message::{Method, Request, Status, Uri, name};
use sip::transaction::ServerKey;

use super::super::phone::BOTH;
use super::transfer::has;
use super::{Story, it, offer};

impl Story {
    /// The bridge says what it has to say.
    fn let_go(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        while !self.events.is_empty() {
            heard.extend(self.media());
        }
        self.is_slow = false;
        heard
    }

    /// A request of the phone that was called instead.
    fn target_asks(&mut self, method: &str) -> Vec<String> {
        let invite = self.last(Method::Invite).1;
        let mut request = Request::new(Method::parse(method).unwrap(), Uri::parse("sip:a@127.0.0.1").unwrap());
        request.headers.push(name::VIA, format!("SIP/2.0/UDP c;branch=z9hG4bK9{method}"));
        request.headers.push(name::FROM, "<sip:c@h>;tag=t9");
        request.headers.push(name::TO, invite.headers.from().unwrap());
        request.headers.push(name::CALL_ID, invite.headers.call_id().unwrap());
        request.headers.push(name::CSEQ, format!("1 {method}"));
        let key = ServerKey::of_request(&request).unwrap();
        self.feed(Input::Sip(SipInput::Request { key, request: Box::new(request) }))
    }

    /// What that phone says before its INVITE is answered: CANCEL or BYE.
    fn takes_back(&mut self, invite: &Request) -> Vec<String> {
        let mut cancel = Request::new(Method::Cancel, invite.uri().clone());
        for copied in [name::VIA, name::FROM, name::TO, name::CALL_ID] {
            cancel.headers.copy(&copied, &invite.headers);
        }
        cancel.headers.push(name::CSEQ, "1 CANCEL");
        let (key, of) = (ServerKey::of_request(&cancel).unwrap(), ServerKey::of_request(invite).unwrap());
        self.feed(Input::Sip(SipInput::Cancel { key, request: Box::new(cancel), invite: of }))
    }
}

#[test]
fn a_target_that_hangs_up_at_once_leaves_the_call_where_it_was() {
    let mut story = Story::handed_over();
    story.is_slow = true;
    assert_eq!(story.respond(Status::OK, "t9", Some((BOTH, None))), ["> ACK"]);
    assert_eq!(story.target_asks("BYE"), ["> 200", "> NOTIFY"]);
    assert_eq!(story.told(), "SIP/2.0 487 Request Terminated");
    assert!(story.let_go().is_empty());
    assert_eq!(story.bridge.swaps(), 0, "the old phone has its media again");
    story.still_talks();
}

#[test]
fn a_target_that_hangs_up_at_once_ends_the_call_where_the_phone_has_left() {
    let mut story = Story::handed_over();
    story.is_slow = true;
    story.respond(Status::OK, "t9", Some((BOTH, None)));
    assert_eq!(story.asks("BYE", 3, &[], None), ["> 200"]);
    assert_eq!(story.target_asks("BYE"), ["> 200", "end normal"]);
}

#[test]
fn a_replaces_that_is_taken_back_replaces_nothing() {
    for waits_for_answer in [false, true] {
        let mut story = Story::talking();
        story.is_slow = true;
        let (invite, heard) = story.replaces("", Some((BOTH, None)));
        assert!(heard.is_empty(), "{heard:?}");
        if waits_for_answer {
            // The offer can be taken, and the bridge answers it.
            assert!(story.media().is_empty());
            assert_eq!(story.bridge.swaps(), 1);
        }
        assert_eq!(story.takes_back(&invite), ["> 200", "> 487"]);
        assert!(story.let_go().is_empty());
        assert_eq!(story.bridge.swaps(), 0, "the old phone has its media");
        story.now += Duration::from_secs(1);
        let (_, heard) = story.replaces("", Some((BOTH, None)));
        has(&heard, &["> 200", "> BYE", "info None sip:c@h"]);
        assert_eq!(story.bridge.swaps(), 1, "the next one may");
    }
    let mut story = Story::talking();
    story.is_slow = true;
    let (invite, _) = story.replaces("", None);
    assert_eq!(story.takes_back(&invite), ["> 200", "> 487"]);
    assert!(story.let_go().is_empty());
    story.still_talks();
}

#[test]
fn a_replaces_that_is_taken_back_after_the_phone_has_left_ends_the_call() {
    let mut story = Story::talking();
    story.is_slow = true;
    let (invite, _) = story.replaces("", Some((BOTH, None)));
    assert_eq!(story.asks("BYE", 3, &[], None), ["> 200"]);
    has(&story.takes_back(&invite), &["> 200", "> 487", "end canceled"]);
}

#[test]
fn what_was_not_with_the_bridge_is_not_taken_back_there() {
    let mut story = Story::handed_over();
    story.respond(Status::OK, "t9", Some((BOTH, None)));
    assert_eq!(story.bridge.swaps(), 1);
    // The new phone asks for a transfer that is not allowed.
    let invite = story.last(Method::Invite).1;
    let mut refer = Request::new(Method::Refer, Uri::parse("sip:a@127.0.0.1").unwrap());
    refer.headers.push(name::VIA, "SIP/2.0/UDP c;branch=z9hG4bKr");
    refer.headers.push(name::FROM, "<sip:c@h>;tag=t9");
    refer.headers.push(name::TO, invite.headers.from().unwrap());
    refer.headers.push(name::CALL_ID, invite.headers.call_id().unwrap());
    refer.headers.push(name::CSEQ, "1 REFER");
    refer.headers.push(name::CONTACT, "<sip:t9@127.0.0.1>");
    refer.headers.push(name::REFER_TO, "<sip:d@h>");
    let key = ServerKey::of_request(&refer).unwrap();
    assert_eq!(story.feed(Input::Sip(SipInput::Request { key, request: Box::new(refer) })), ["referred to sip:d@h"]);
    let question = story.asked.unwrap();
    assert_eq!(story.feed(Input::Target { question, uri: None }), ["> 603"]);
    assert_eq!(story.bridge.swaps(), 1, "it keeps its media");
}

#[test]
fn nobody_takes_the_phones_place_while_an_offer_is_open() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    story.says(offer((Direction::SendOnly, None)));
    assert_eq!(story.replaces("", Some((BOTH, None))).1, ["> 491"]);
}
