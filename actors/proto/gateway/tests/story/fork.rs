//! Several devices (RFC 3261 16.7).

use gateway::peer::Input;
use signal::EndReason;
use signal::call::Call;

use super::listener::*;

#[test]
fn the_first_says_it_for_all_and_the_first_accept_wins() {
    let mut story = Story::ringing("bc");
    assert_eq!(story.says('c', Call::Alive(it('c'))), ["a alive"]);
    assert!(story.says('b', Call::Alive(it('b'))).is_empty());
    assert_eq!(story.says('b', ringing('b')), ["a ringing"]);
    assert!(story.says('c', ringing('c')).is_empty());
    assert_eq!(story.says('c', accept('c')), ["b end answeredElsewhere", "c answered", "a accept"]);
    assert!(story.says('b', accept('b')).is_empty(), "late: its call.end is on the way");
    assert_eq!(story.says('c', accept('c')), ["c refused wrongState id"], "a duplicate");
}

#[test]
fn a_decline_ends_the_fork_and_busy_only_its_branch() {
    let mut story = Story::ringing("bcd");
    assert_eq!(story.says('b', end('b', "busy")), ["b ack.end"]);
    let heard = story.says('c', end('c', "declined"));
    assert_eq!(heard, ["c ack.end", "a end declined", "d end declined"]);
}

#[test]
fn a_word_of_the_applications_own_declines() {
    let mut story = Story::ringing("b");
    assert_eq!(story.says('b', end('b', "not now")), ["b ack.end", "a end declined"]);
    assert_eq!(story.ended[1], ('a', EndReason::Declined, false, Some("not now".into())));
}

#[test]
fn the_last_refusal_ends_the_call_with_the_best() {
    let mut story = Story::ringing("bcd");
    assert_eq!(story.says('b', end('b', "busy")), ["b ack.end"]);
    assert!(story.feed(Input::LegLost { leg: leg('c') }).is_empty());
    assert_eq!(story.says('d', end('d', "unavailable")), ["d ack.end", "a end busy"]);
}

#[test]
fn a_device_that_comes_late_rings_too_and_not_after_the_accept() {
    let mut story = Story::ringing("b");
    assert_eq!(story.ring("c"), ["c start"]);
    assert_eq!(story.says('c', accept('c')), ["b end answeredElsewhere", "c answered", "a accept"]);
    assert!(story.ring("d").is_empty());
}

#[test]
fn an_accept_that_cannot_be_read_ends_its_branch() {
    let mut story = Story::ringing("bc");
    let mut bad = accept('b');
    if let Call::Accept(body) = &mut bad {
        body.sdp = Some("v=0".into());
    }
    assert_eq!(story.says('b', bad), ["b end notAcceptable", "b refused invalidField sdp"]);
    assert_eq!(story.says('c', accept('c')), ["c answered", "a accept"]);
}
