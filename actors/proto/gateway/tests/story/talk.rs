//! After the accept.

use gateway::peer::Input;
use signal::call::{Call, Peer};

use super::listener::*;

#[test]
fn a_change_goes_through_and_frees_both() {
    let mut story = Story::talking();
    for (asker, other) in [('a', 'b'), ('b', 'a')] {
        assert_eq!(story.says(asker, Call::ChangeLock(it(asker))), [format!("{other} change.lock")]);
        assert_eq!(story.says(other, Call::ChangeLockOk(it(other))), [format!("{asker} change.lock.ok")]);
        let offer = Call::ChangeOffer(described(asker, sdp("2")));
        assert_eq!(story.says(asker, offer), [format!("{other} change.offer")]);
        let answer = Call::ChangeAnswer(described(other, sdp("3")));
        assert_eq!(story.says(other, answer), [format!("{asker} change.answer")]);
    }
}

#[test]
fn crossing_locks_are_reset_on_both_legs() {
    let mut story = Story::talking();
    assert_eq!(story.says('a', Call::ChangeLock(it('a'))), ["b change.lock"]);
    assert_eq!(story.says('b', Call::ChangeLock(it('b'))), ["b change.lock.reset", "a change.lock.reset"]);
    assert!(story.says('b', Call::ChangeLockReset(it('b'))).is_empty(), "a reset is never answered");
    assert_eq!(story.says('a', Call::ChangeLock(it('a'))), ["b change.lock"], "both are free");
}

#[test]
fn an_offer_without_a_lock_is_not_applied() {
    let mut story = Story::talking();
    assert_eq!(story.says('a', Call::ChangeOffer(described('a', sdp("2")))), ["a change.lock.reset"]);
}

#[test]
fn a_bad_offer_is_refused_and_resets_both() {
    let mut story = Story::talking();
    story.says('a', Call::ChangeLock(it('a')));
    story.says('b', Call::ChangeLockOk(it('b')));
    let heard = story.says('a', Call::ChangeOffer(described('a', "nonsense".into())));
    assert_eq!(heard, ["a change.lock.reset", "b change.lock.reset", "a refused invalidField sdp"]);
}

#[test]
fn a_change_without_progress_is_reset_after_five_seconds() {
    let mut story = Story::talking();
    story.says('a', Call::ChangeLock(it('a')));
    assert!(story.after(4_999).is_empty());
    assert_eq!(story.after(1), ["a change.lock.reset", "b change.lock.reset"]);
}

#[test]
fn dtmf_info_and_candidates_pass_only_in_an_established_call() {
    let mut story = Story::talking();
    assert_eq!(story.says('a', dtmf('a', "12#")), ["b dtmf 12#"]);
    assert_eq!(story.says('b', info('b')), ["a info"]);
    assert_eq!(story.says('a', candidate('a', HOST)), ["b candidate"]);
    let mut story = Story::ringing("b");
    assert_eq!(story.says('a', dtmf('a', "1")), ["a refused wrongState id"]);
    assert_eq!(story.says('b', info('b')), ["b refused wrongState id"]);
    story.says('b', accept('b'));
    assert_eq!(story.says('b', Call::ChangeLock(it('b'))), ["b refused wrongState id"], "not acknowledged yet");
}

#[test]
fn an_accept_nobody_acknowledges_ends_with_timeout() {
    let mut story = Story::ringing("b");
    story.says('b', accept('b'));
    assert_eq!(story.after(40_000), ["a end timeout", "b end timeout"]);
}

#[test]
fn a_lost_client_ends_the_call_for_the_other() {
    let mut story = Story::talking();
    assert_eq!(story.feed(Input::LegLost { leg: leg('b') }), ["a end connectionLost"]);
    assert_eq!(story.says('a', Call::AckEnd(it('a'))), ["done"]);
}

#[test]
fn crossing_ends_are_both_confirmed() {
    let mut story = Story::talking();
    assert_eq!(story.says('a', end('a', "normal")), ["a ack.end", "b end normal"]);
    assert_eq!(story.says('b', end('b', "normal")), ["b ack.end", "done"]);
    assert!(story.says('b', Call::AckEnd(it('b'))).is_empty());
}

#[test]
fn transfer_is_not_supported_yet() {
    let mut story = Story::talking();
    assert_eq!(story.says('a', transfer('a')), ["a refused notSupported method"]);
}

#[test]
fn a_browser_cannot_say_who_it_is_or_how_safe_the_call_is() {
    let mut story = Story::talking();
    let Call::Info(mut claim) = info('b') else { unreachable!("info makes an info") };
    claim.peer = Some(Peer { uri: "bank".into(), name: Some("The bank".into()) });
    claim.more.insert("encryption".into(), "verified".into());
    assert_eq!(story.says('b', Call::Info(claim)), ["a info"]);
}
