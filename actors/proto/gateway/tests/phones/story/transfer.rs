//! Calls that are handed on, by either side and by third ones.

use std::time::Duration;

use gateway::sip::{Input, MediaEvent, Side, SipInput};
use sdp::Direction;
use signal::CallId;
use signal::call::{Call, Transfer};
use sip::message::{MediaType, Method, Request, Status, Uri, name};
use sip::transaction::ServerKey;
use uuid::Uuid;

use super::super::bridge::{Kinds, write};
use super::super::phone::BOTH;
use super::super::world::line;
use super::{LEG, Story, end, it, offer};

fn transfer() -> Call {
    Call::Transfer(Transfer { id: LEG, gcid: None, target: Some("c".into()), replaces: None })
}

const REFER: [(name::Name, &str); 1] = [(name::REFER_TO, "<sip:c@h>")];

impl Story {
    /// The browser hands the call on, and the phone has said that it will try.
    pub(super) fn handed_on() -> Story {
        let mut story = Story::talking();
        story.says(transfer());
        story.allows("sip:c@h");
        assert!(story.respond_with(Method::Refer, Status::ACCEPTED, "t1", None, &[]).is_empty());
        story
    }

    /// The phone hands the browser on, which is about to be called by us.
    pub(super) fn handed_over() -> Story {
        let mut story = Story::talking();
        assert_eq!(story.asks("REFER", 2, &REFER, None), ["referred to sip:c@h"]);
        assert_eq!(story.allows("sip:c@h"), ["> 202", "> NOTIFY", "> INVITE"]);
        story
    }

    fn allows(&mut self, uri: &str) -> Vec<String> {
        let question = self.asked.unwrap();
        self.feed(Input::Target { question, uri: Uri::parse(uri) })
    }

    fn notify(&mut self, number: u32, line: &str, state: &str) -> Vec<String> {
        let lines = [(name::EVENT, "refer"), (name::SUBSCRIPTION_STATE, state)];
        self.asks("NOTIFY", number, &lines, Some(("message/sipfrag", format!("SIP/2.0 {line}\r\n"))))
    }

    /// The last NOTIFY of ours.
    pub(super) fn told(&self) -> String {
        String::from_utf8_lossy(self.last(Method::Notify).1.body()).trim().to_owned()
    }

    /// An INVITE of a third phone that takes the place of the one in the call.
    pub(super) fn replaces(&mut self, more: &str, sdp: Option<Kinds>) -> (Request, Vec<String>) {
        let (_, replaces) = self.call.replaces().unwrap();
        let mut request = Request::new(Method::Invite, Uri::parse("sip:a@127.0.0.1").unwrap());
        request.headers.push(name::VIA, "SIP/2.0/UDP c;branch=z9hG4bKc");
        request.headers.push(name::FROM, "<sip:c@h>;tag=c");
        request.headers.push(name::TO, "<sip:a@h>");
        request.headers.push(name::CALL_ID, "other");
        request.headers.push(name::CSEQ, "1 INVITE");
        request.headers.push(name::CONTACT, "<sip:c@127.0.0.1>");
        // As its side names the dialog: the tag of who is asked comes first.
        let (own, far) = (replaces.from_tag, replaces.to_tag);
        request.headers.push(name::REPLACES, format!("{};to-tag={own};from-tag={far}{more}", replaces.call_id));
        if let Some(kinds) = sdp {
            request.set_body(&MediaType::sdp(), write(kinds, 1).into_bytes());
        }
        let key = ServerKey::of_request(&request).unwrap();
        let heard = self.feed(Input::Replacing { key, request: Box::new(request.clone()) });
        (request, heard)
    }

    pub(super) fn still_talks(&mut self) {
        let heard = self.offers(90, (Direction::SendOnly, None));
        assert!(heard.contains(&"> 200".to_owned()), "{heard:?}");
        assert_eq!(self.says(end("normal")), ["ack.end", "> BYE"]);
    }
}

pub(super) fn has(heard: &[String], parts: &[&str]) {
    parts.iter().for_each(|part| assert!(heard.iter().any(|what| what == part), "{part}: {heard:?}"));
}

#[test]
fn the_browser_hands_the_call_on() {
    let mut story = Story::talking();
    assert_eq!(story.says(transfer()), ["may c"]);
    assert_eq!(story.says(transfer()), ["refused WrongState"]);
    assert_eq!(story.allows("sip:c@h"), ["transfer trying", "> REFER"]);
    assert!(story.respond_with(Method::Refer, Status::ACCEPTED, "t1", None, &[]).is_empty());
    assert_eq!(story.notify(2, "180 Ringing", "active"), ["transfer ringing", "> 200"]);
    let heard = story.notify(3, "200 OK", "terminated");
    has(&heard, &["transfer accepted", "end transferred", "> BYE", "> 200"]);
}

#[test]
fn a_transfer_that_fails_leaves_the_call() {
    for (line, state) in [("486 Busy Here", "terminated"), ("100 Trying", "terminated"), ("503 No", "active")] {
        let mut story = Story::handed_on();
        assert_eq!(story.notify(2, line, state), ["transfer failed", "> 200"], "{line}");
        assert_eq!(story.says(transfer()), ["may c"], "once more");
        story.still_talks();
    }
    let mut story = Story::talking();
    story.says(transfer());
    story.allows("sip:c@h");
    assert_eq!(story.respond_with(Method::Refer, Status::DECLINE, "t1", None, &[]), ["transfer failed"]);
    story.still_talks();
    let mut story = Story::talking();
    story.says(transfer());
    let question = story.asked.unwrap();
    assert_eq!(story.feed(Input::Target { question, uri: None }), ["transfer failed"]);
    story.still_talks();
}

#[test]
fn a_phone_that_never_tells_how_the_transfer_went() {
    let mut story = Story::handed_on();
    story.now += Duration::from_secs(119);
    assert!(story.feed(Input::Timeout).is_empty());
    story.now += Duration::from_secs(1);
    assert_eq!(story.feed(Input::Timeout), ["transfer failed"]);
    story.still_talks();
    // And one that is silent altogether.
    let mut story = Story::handed_on();
    assert_eq!(story.feed(Input::Media(MediaEvent::Silent { side: Side::Phone })), ["> OPTIONS"]);
    let (reference, status) = (story.last(Method::Options).0, Status::REQUEST_TIMEOUT);
    let heard = story.feed(Input::Sip(SipInput::NoResponse { reference, status }));
    assert_eq!(heard, ["> BYE", "end connectionLost"]);
    let mut story = Story::talking();
    story.says(transfer());
    story.allows("sip:c@h");
    let reference = story.last(Method::Refer).0;
    let heard = story.feed(Input::Sip(SipInput::NoResponse { reference, status }));
    assert_eq!(heard, ["> BYE", "end connectionLost"], "not even the REFER");
}

#[test]
fn a_phone_that_leaves_while_it_is_handed_on() {
    let mut story = Story::handed_on();
    assert_eq!(story.asks("BYE", 2, &[], None), ["> 200", "end transferred"]);
    // It crossed the REFER: nobody knows that it would have tried.
    let mut story = Story::talking();
    story.says(transfer());
    story.allows("sip:c@h");
    assert_eq!(story.asks("BYE", 2, &[], None), ["> 200", "end normal"]);
}

#[test]
fn a_call_that_is_gone_cannot_be_handed_to() {
    let mut story = Story::talking();
    let transfer = Transfer { id: LEG, gcid: None, target: None, replaces: Some(CallId(Uuid::from_u128(9))) };
    assert_eq!(story.says(Call::Transfer(transfer)), ["which"]);
    let question = story.asked.unwrap();
    assert_eq!(story.feed(Input::Transfer { question, other: None }), ["transfer failed"]);
    story.still_talks();
}

#[test]
fn an_attended_transfer_names_the_other_dialog_as_its_far_end_knows_it() {
    let other = Story::talking().call.replaces().unwrap();
    let mut story = Story::talking();
    let transfer = Transfer { id: LEG, gcid: None, target: None, replaces: Some(CallId(Uuid::from_u128(9))) };
    assert_eq!(story.says(Call::Transfer(transfer)), ["which"]);
    let question = story.asked.unwrap();
    story.feed(Input::Transfer { question, other: Some(other.clone()) });
    let refer = story.last(Method::Refer).1;
    let asked = sip::refer::Referral::of_request(&refer).unwrap();
    assert_eq!((asked.target, asked.replaces), (other.0, Some(other.1.clone())));
    assert_eq!(other.1.to_tag, "t1");
}

#[test]
fn the_phone_hands_the_browser_on() {
    let mut story = Story::handed_over();
    assert_eq!(story.told(), "SIP/2.0 100 Trying");
    assert_eq!(story.respond(Status::RINGING, "t9", None), ["> NOTIFY"]);
    let heard = story.respond(Status::OK, "t9", Some((BOTH, None)));
    assert_eq!(heard[..1], ["> ACK"]);
    has(&heard, &["> NOTIFY", "> BYE", "info None sip:c@h"]);
    assert_eq!(story.told(), "SIP/2.0 200 OK");
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"], "the new dialog");
}

#[test]
fn the_phone_hands_the_browser_to_a_call_of_its_own() {
    let mut story = Story::talking();
    let refer_to = "<sip:c@h?Replaces=their%40call%3Bto-tag%3Dc1%3Bfrom-tag%3Db1>";
    let heard = story.asks("REFER", 2, &[(name::REFER_TO, refer_to), (name::REFERRED_BY, "<sip:b@h>")], None);
    assert_eq!(heard, ["referred to sip:c@h in place of another"]);
    story.allows("sip:c@h");
    let invite = story.last(Method::Invite).1;
    let replaces = invite.headers.replaces().unwrap().unwrap();
    assert_eq!((replaces.call_id.as_str(), replaces.to_tag.as_str()), ("their@call", "c1"));
    assert_eq!(invite.headers.referred_by().unwrap().unwrap().uri.to_string(), "sip:b@h");
    // That call is over meanwhile (RFC 3891 section 3).
    assert_eq!(story.respond(Status::CALL_DOES_NOT_EXIST, "t9", None), ["> NOTIFY"]);
    assert!(story.told().starts_with("SIP/2.0 481"));
    story.still_talks();
}

#[test]
fn a_target_that_does_not_take_the_call_leaves_it_where_it_was() {
    let mut story = Story::handed_over();
    assert_eq!(story.respond(Status::BUSY_HERE, "t9", None), ["> NOTIFY"]);
    assert_eq!(story.told(), "SIP/2.0 486 Busy Here");
    story.still_talks();
    let mut story = Story::handed_over();
    let (reference, status) = (story.last(Method::Invite).0, Status::REQUEST_TIMEOUT);
    assert_eq!(story.feed(Input::Sip(SipInput::NoResponse { reference, status })), ["> NOTIFY"]);
    story.still_talks();
    let mut story = Story::handed_over();
    story.respond(Status::RINGING, "t9", None);
    story.now += line().ring_timeout;
    assert_eq!(story.feed(Input::Timeout), ["> NOTIFY", "> CANCEL"], "it rang long enough");
    assert_eq!(story.told(), "SIP/2.0 408 Request Timeout");
    // Its answer crosses the CANCEL.
    assert_eq!(story.respond(Status::OK, "t9", Some((BOTH, None))), ["> ACK", "> BYE"]);
    story.still_talks();
    let mut story = Story::talking();
    story.asks("REFER", 2, &REFER, None);
    let question = story.asked.unwrap();
    assert_eq!(story.asks("REFER", 3, &REFER, None), ["> 491"], "one at a time");
    assert_eq!(story.feed(Input::Target { question, uri: None }), ["> 603"]);
    story.still_talks();
    // The page hangs up before it is known, and the phone is answered all the same.
    let mut story = Story::talking();
    story.asks("REFER", 2, &REFER, None);
    let heard = story.says(end("normal"));
    has(&heard, &["> 603", "> BYE"]);
}

#[test]
fn a_phone_that_hands_on_may_hang_up_at_once() {
    let mut story = Story::handed_over();
    assert_eq!(story.asks("BYE", 3, &[], None), ["> 200"], "the browser stays");
    let heard = story.respond(Status::OK, "t9", Some((BOTH, None)));
    assert_eq!(heard, ["> ACK", "info None sip:c@h"]);
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"]);
    let mut story = Story::handed_over();
    story.asks("BYE", 3, &[], None);
    assert_eq!(story.respond(Status::BUSY_HERE, "t9", None), ["end busy"]);
}

#[test]
fn a_phone_that_does_not_want_to_know_how_it_went_is_no_reason_to_end() {
    let mut story = Story::handed_over();
    let gone = Status::CALL_DOES_NOT_EXIST;
    assert!(story.respond_with(Method::Notify, gone, "t1", None, &[]).is_empty());
    let (reference, status) = (story.last(Method::Notify).0, Status::REQUEST_TIMEOUT);
    assert!(story.feed(Input::Sip(SipInput::NoResponse { reference, status })).is_empty());
    assert_eq!(story.respond(Status::BUSY_HERE, "t9", None), ["> NOTIFY"]);
    story.still_talks();
}

#[test]
fn the_browser_hangs_up_or_holds_while_it_is_handed_over() {
    let mut story = Story::handed_over();
    story.respond(Status::RINGING, "t9", None);
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE", "> CANCEL"]);
    let mut story = Story::handed_over();
    story.says(Call::ChangeLock(it()));
    assert_eq!(story.says(offer((Direction::SendOnly, None))), ["change.answer"], "the old phone need not know");
    let heard = story.respond(Status::OK, "t9", Some((BOTH, None)));
    has(&heard, &["> ACK", "> BYE", "> INVITE"]);
    let told = story.last(Method::Invite).1;
    assert!(told.headers.to().unwrap().tag().as_deref() == Some("t9"), "the new phone is told of the hold");
    assert!(told.body().windows(8).any(|text| text == b"sendonly"));
}

#[test]
fn somebody_takes_the_phones_place() {
    let mut story = Story::talking();
    let (_, heard) = story.replaces("", Some((BOTH, None)));
    has(&heard, &["> 200", "> BYE", "info None sip:c@h"]);
    // Without an offer: ours is in the 200, the answer in the ACK.
    let mut story = Story::talking();
    let (_, heard) = story.replaces("", None);
    has(&heard, &["> 200", "> BYE"]);
    let answer = story.responses.iter().find(|response| !response.body().is_empty()).unwrap().clone();
    let mut ack = Request::new(Method::Ack, Uri::parse("sip:a@127.0.0.1").unwrap());
    ack.headers.push(name::FROM, "<sip:c@h>;tag=c");
    ack.headers.push(name::TO, answer.headers.to().unwrap());
    ack.headers.push(name::CALL_ID, "other");
    ack.headers.push(name::CSEQ, "1 ACK");
    ack.set_body(&MediaType::sdp(), write((Direction::SendOnly, None), 1).into_bytes());
    assert_eq!(story.feed(Input::Sip(SipInput::Ack(Box::new(ack)))), ["info Some(true) "]);
}

#[test]
fn somebody_who_takes_the_phones_place_and_is_never_heard_again() {
    let mut story = Story::talking();
    story.replaces("", Some((BOTH, None)));
    let (begin, mut heard) = (story.now, Vec::new());
    while !heard.iter().any(|what| what == "end timeout") {
        story.now = story.wake.expect("a wake-up");
        heard = story.feed(Input::Timeout);
    }
    assert_eq!(heard, ["end timeout", "> BYE"]);
    assert!(story.now - begin <= Duration::from_secs(33));
}

#[test]
fn who_may_not_take_the_phones_place() {
    let mut story = Story::talking();
    assert_eq!(story.replaces(";early-only", Some((BOTH, None))).1, ["> 486"], "RFC 3891 section 3");
    let mut story = Story::handed_over();
    assert_eq!(story.replaces("", Some((BOTH, None))).1, ["> 491"], "one at a time");
}
