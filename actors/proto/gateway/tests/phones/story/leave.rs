//! Who is to take a place in the call and leaves before the bridge has swapped both.

use gateway::sip::{Input, SipInput};
use sdp::Direction;
use signal::call::Call;
use sip::message::{Method, Request, Status, Uri, name};
use sip::transaction::ServerKey;

use super::super::phone::BOTH;
use super::{Story, it, offer};

#[test]
fn somebody_who_takes_its_invite_back_replaces_nobody() {
    let mut story = Story::talking();
    story.is_slow = true;
    let (invite, heard) = story.replaces("", Some((BOTH, None)));
    assert!(heard.is_empty(), "{heard:?}");
    let mut cancel = Request::new(Method::Cancel, invite.uri().clone());
    for name in [&name::VIA, &name::FROM, &name::TO, &name::CALL_ID] {
        cancel.headers.copy(name, &invite.headers);
    }
    cancel.headers.push(name::CSEQ, "1 CANCEL");
    let (key, of) = (ServerKey::of_request(&cancel).unwrap(), ServerKey::of_request(&invite).unwrap());
    let heard = story.feed(Input::Sip(SipInput::Cancel { key, request: Box::new(cancel), invite: of }));
    assert_eq!(heard, ["> 200", "> 487"]);
    while !story.events.is_empty() {
        assert!(story.media().is_empty());
    }
    story.is_slow = false;
    story.still_talks();
}

#[test]
fn who_answered_and_left_at_once_leaves_the_call_where_it_was() {
    let mut story = Story::handed_over();
    story.is_slow = true;
    assert_eq!(story.respond(Status::OK, "t9", Some((BOTH, None))), ["> ACK"]);
    let invite = story.last(Method::Invite).1;
    let mut bye = Request::new(Method::Bye, Uri::parse("sip:a@127.0.0.1").unwrap());
    bye.headers.push(name::VIA, "SIP/2.0/UDP c;branch=z9hG4bKbye");
    bye.headers.push(name::FROM, invite.headers.to().unwrap().with_tag("t9"));
    bye.headers.push(name::TO, invite.headers.from().unwrap());
    bye.headers.push(name::CALL_ID, invite.headers.call_id().unwrap());
    bye.headers.push(name::CSEQ, "1 BYE");
    let key = ServerKey::of_request(&bye).unwrap();
    let heard = story.feed(Input::Sip(SipInput::Request { key, request: Box::new(bye) }));
    assert_eq!(heard, ["> 200", "> NOTIFY"]);
    assert!(story.media().is_empty(), "too late");
    story.is_slow = false;
    story.still_talks();
}

#[test]
fn nobody_takes_the_phones_place_while_an_offer_is_open() {
    let mut story = Story::talking();
    story.says(Call::ChangeLock(it()));
    story.says(offer((Direction::SendOnly, None)));
    assert_eq!(story.replaces("", Some((BOTH, None))).1, ["> 491"]);
}
