//! Until the accept.

use gateway::peer::Input;
use signal::EndReason;
use signal::call::{Call, Peer, Start};

use super::listener::*;

#[test]
fn a_call_rings_is_answered_and_ends() {
    let mut story = Story::ringing("b");
    assert_eq!(story.says('b', Call::Alive(it('b'))), ["a alive"]);
    assert_eq!(story.says('b', ringing('b')), ["a ringing"]);
    assert_eq!(story.says('b', accept('b')), ["b answered", "a accept"]);
    assert_eq!(story.last_sdp(), sdp("b"));
    assert_eq!(story.says('a', Call::AckAccept(it('a'))), ["b ack.accept"]);
    assert_eq!(story.says('a', end('a', "normal")), ["a ack.end", "b end normal"]);
    assert_eq!(story.says('b', Call::AckEnd(it('b'))), ["done"]);
    let ended: Vec<_> = story.ended.iter().map(|(name, reason, by_leg, _)| (*name, *reason, *by_leg)).collect();
    assert_eq!(ended, [('a', EndReason::Normal, true), ('b', EndReason::Normal, false)]);
}

#[test]
fn the_called_device_learns_who_calls_and_what_is_offered() {
    let peer = Some(Peer { uri: "alice".into(), name: Some("Alice".into()) });
    let mut story = Story::new(Start { peer: peer.clone(), ..start('a', Some(sdp("a"))) });
    story.ring("b");
    let Some(Call::Start(start)) = story.sent.pop() else { panic!("no start") };
    assert_eq!(start.peer, peer);
    assert!(start.account.is_some() && start.trickle && !start.replace);
    let media = start.media.unwrap();
    assert!(media.audio && !media.video);
}

#[test]
fn candidates_of_the_caller_wait_for_devices_that_come_late() {
    let mut story = Story::new(start('a', Some(sdp("a"))));
    assert!(story.says('a', candidate('a', HOST)).is_empty());
    assert_eq!(story.ring("b"), ["b start", "b candidate"]);
    assert_eq!(story.says('a', candidate('a', "")), ["b candidate"], "the end of candidates");
    assert_eq!(story.ring("c"), ["c start", "c candidate", "c candidate"]);
}

#[test]
fn candidates_that_overtake_the_accept_follow_it() {
    let mut story = Story::ringing("b");
    assert!(story.says('b', candidate('b', HOST)).is_empty());
    assert_eq!(story.says('b', accept('b')), ["b answered", "a accept", "a candidate"]);
}

#[test]
fn early_media_is_that_of_the_first_device() {
    let mut story = Story::ringing("bc");
    story.says('c', candidate('c', HOST));
    assert_eq!(story.says('c', Call::Progress(described('c', sdp("c")))), ["a progress", "a candidate"]);
    assert!(story.says('b', Call::Progress(described('b', sdp("b")))).is_empty());
    assert_eq!(story.says('c', candidate('c', HOST)), ["a candidate"]);
    assert_eq!(story.says('b', accept('b')), ["c end answeredElsewhere", "b answered", "a accept"]);
}

#[test]
fn without_trickle_devices_ring_when_the_description_is_whole() {
    let mut story = Story::new(Start { trickle: false, sdp: None, ..start('a', None) });
    assert!(story.ring("b").is_empty());
    assert_eq!(story.says('a', Call::FullSdp(described('a', whole_sdp("a")))), ["b start", "b fullsdp"]);
    assert_eq!(story.last_sdp(), whole_sdp("a"));
}

#[test]
fn without_trickle_devices_ring_after_five_seconds_with_what_is_there() {
    let mut story = Story::new(Start { trickle: false, ..start('a', Some(sdp("a"))) });
    assert!(story.ring("b").is_empty());
    assert!(story.after(4_999).is_empty());
    assert_eq!(story.after(1), ["b start", "b fullsdp"]);
    let mut story = Story::new(Start { trickle: false, ..start('a', Some(whole_sdp("a"))) });
    assert_eq!(story.ring("b"), ["b start", "b fullsdp"], "it was whole from the start");
    let mut story = Story::new(Start { trickle: false, ..start('a', None) });
    story.ring("b");
    assert_eq!(story.after(5_000), ["a end notAcceptable"]);
    assert_eq!(story.ended.len(), 2, "the device that never rang has ended too");
}

#[test]
fn nobody_answers() {
    let mut story = Story::ringing("b");
    assert!(story.after(59_999).is_empty());
    assert_eq!(story.after(1), ["a end noAnswer", "b end noAnswer"]);
    assert_eq!(story.after(5_000), ["done"], "nobody confirms either");
}

#[test]
fn nobody_is_there() {
    let mut story = Story::new(start('a', Some(sdp("a"))));
    assert_eq!(story.feed(Input::Unreachable { reason: EndReason::NotFound }), ["a end notFound"]);
    assert_eq!(story.says('a', Call::AckEnd(it('a'))), ["done"]);
}

#[test]
fn the_caller_gives_up() {
    let mut story = Story::ringing("bc");
    assert_eq!(story.says('a', end('a', "gone fishing")), ["a ack.end", "b end canceled", "c end canceled"]);
    assert_eq!(story.ended[0], ('a', EndReason::Canceled, true, Some("gone fishing".into())));
    assert!(story.says('b', accept('b')).is_empty(), "it crossed our end");
    assert!(story.says('b', Call::AckEnd(it('b'))).is_empty());
    assert_eq!(story.says('c', end('c', "busy")), ["c ack.end", "done"], "ends that cross are both confirmed");
}
