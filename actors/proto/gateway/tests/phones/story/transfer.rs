//! Calls that are handed on, by either side and by third ones.

use gateway::sip::Input;
use sdp::Direction;
use signal::CallId;
use signal::call::{Call, Transfer};
use sip::message::{MediaType, Method, Request, Status, Uri, name};
use sip::transaction::ServerKey;
use uuid::Uuid;

use super::super::bridge::write;
use super::super::phone::BOTH;
use super::{LEG, Story, end};

#[test]
fn the_browser_hands_the_call_on() {
    let mut story = Story::talking();
    let transfer = Call::Transfer(Transfer { id: LEG, gcid: None, target: Some("c".into()), replaces: None });
    assert_eq!(story.says(transfer.clone()), ["may c"]);
    assert_eq!(story.says(transfer), ["refused WrongState"]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.feed(Input::Target { question, uri }), ["transfer trying", "> REFER"]);
    assert!(story.respond_with(Method::Refer, Status::ACCEPTED, "t1", None, &[]).is_empty());
    let notify = |story: &mut Story, number, line: &str, state| {
        let lines = [(name::EVENT, "refer"), (name::SUBSCRIPTION_STATE, state)];
        story.asks("NOTIFY", number, &lines, Some(("message/sipfrag", format!("SIP/2.0 {line}\r\n"))))
    };
    assert_eq!(notify(&mut story, 2, "180 Ringing", "active"), ["transfer ringing", "> 200"]);
    let heard = notify(&mut story, 3, "200 OK", "terminated");
    assert!(
        heard.contains(&"transfer accepted".to_owned()) && heard.contains(&"end transferred".to_owned()),
        "{heard:?}"
    );
    assert!(heard.contains(&"> BYE".to_owned()) && heard.contains(&"> 200".to_owned()), "{heard:?}");
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
    let mut story = Story::talking();
    let lines = [(name::REFER_TO, "<sip:c@h>")];
    assert_eq!(story.asks("REFER", 2, &lines, None), ["> 202", "may sip:c@h", "> NOTIFY"]);
    let (question, uri) = (story.asked.unwrap(), Uri::parse("sip:c@h"));
    assert_eq!(story.feed(Input::Target { question, uri: uri.clone() }), ["> INVITE"]);
    assert_eq!(story.respond(Status::RINGING, "t9", None), ["> NOTIFY"]);
    let heard = story.respond(Status::OK, "t9", Some((BOTH, None)));
    assert_eq!(heard[..1], ["> ACK"]);
    for part in ["> NOTIFY", "> BYE", "info None sip:c@h"] {
        assert!(heard.contains(&part.to_owned()), "{part}: {heard:?}");
    }
    assert_eq!(story.says(end("normal")), ["ack.end", "> BYE"], "the new dialog");
    let mut story = Story::talking();
    story.asks("REFER", 2, &lines, None);
    let question = story.asked.unwrap();
    story.feed(Input::Target { question, uri });
    assert_eq!(story.respond(Status::BUSY_HERE, "t9", None), ["> NOTIFY"], "the old one stays");
    assert!(story.offers(3, (Direction::SendOnly, None)).contains(&"> 200".to_owned()));
}

#[test]
fn somebody_takes_the_phones_place() {
    let mut story = Story::talking();
    let (_, replaces) = story.call.replaces().unwrap();
    let mut request = Request::new(Method::Invite, Uri::parse("sip:a@127.0.0.1").unwrap());
    request.headers.push(name::VIA, "SIP/2.0/UDP c;branch=z9hG4bKc");
    request.headers.push(name::FROM, "<sip:c@h>;tag=c");
    request.headers.push(name::TO, "<sip:a@h>");
    request.headers.push(name::CALL_ID, "other");
    request.headers.push(name::CSEQ, "1 INVITE");
    request.headers.push(name::CONTACT, "<sip:c@127.0.0.1>");
    // As its side names the dialog: the tag of who is asked comes first.
    let named = format!("{};to-tag={};from-tag={}", replaces.call_id, replaces.from_tag, replaces.to_tag);
    request.headers.push(name::REPLACES, named);
    request.set_body(&MediaType::sdp(), write((BOTH, None), 1).into_bytes());
    let key = ServerKey::of_request(&request).unwrap();
    let heard = story.feed(Input::Replacing { key, request: Box::new(request) });
    for part in ["> 200", "> BYE", "info None sip:c@h"] {
        assert!(heard.contains(&part.to_owned()), "{part}: {heard:?}");
    }
}
