//! A reloaded page claims its leg.

use gateway::peer::Input;
use signal::call::{Call, Start};

use super::listener::*;

fn claim(story: &mut Story, old: char, new: char) -> Vec<String> {
    let start = Start { replace: true, ..start(new, Some(sdp(&new.to_string()))) };
    story.feed(Input::TakeOver { leg: leg(old), start: Box::new(start) })
}

#[test]
fn the_far_end_gets_one_renegotiation() {
    for (old, far) in [('a', 'b'), ('b', 'a')] {
        let mut story = Story::talking();
        let heard = claim(&mut story, old, 'n');
        assert_eq!(heard, [format!("{old} end replaced"), "n alive".into(), format!("{far} change.lock")]);
        assert!(story.says('n', candidate('n', HOST)).is_empty(), "its offer is not out");
        assert!(story.says(far, candidate(far, HOST)).is_empty(), "of the old page");
        let heard = story.says(far, Call::ChangeLockOk(it(far)));
        assert_eq!(heard, [format!("{far} change.offer"), format!("{far} candidate")]);
        assert_eq!(story.last_sdp(), sdp("n"));
        assert!(story.says(far, candidate(far, HOST)).is_empty(), "before its answer");
        let heard = story.says(far, Call::ChangeAnswer(described(far, sdp("9"))));
        assert_eq!(heard, ["n accept", "n candidate"]);
        assert!(story.says('n', Call::AckAccept(it('n'))).is_empty(), "the far end knows nothing of it");
        assert_eq!(story.says('n', dtmf('n', "5")), [format!("{far} dtmf 5")]);
        assert!(story.says(old, Call::AckEnd(it(old))).is_empty());
        assert_eq!(story.says(far, end(far, "normal")), [format!("{far} ack.end"), "n end normal".into()]);
        assert_eq!(story.says('n', Call::AckEnd(it('n'))), ["done"]);
    }
}

#[test]
fn a_reset_is_retried_after_a_random_delay() {
    let mut story = Story::talking();
    claim(&mut story, 'a', 'n');
    assert_eq!(story.says('b', Call::ChangeLock(it('b'))), ["b change.lock.reset"], "crossing");
    assert!(story.after(2_099).is_empty());
    assert_eq!(story.after(1_901), ["b change.lock"]);
}

#[test]
fn a_change_of_the_old_page_is_taken_back_and_does_not_hold_the_clock() {
    let mut story = Story::talking();
    story.says('a', Call::ChangeLock(it('a')));
    assert!(story.after(2_000).is_empty());
    assert_eq!(claim(&mut story, 'a', 'n'), ["a end replaced", "n alive", "b change.lock.reset", "b change.lock"]);
    assert!(story.after(4_999).is_empty());
    assert_eq!(story.after(1), ["b change.lock.reset"]);
    assert_eq!(story.after(4_000), ["b change.lock"]);
}

#[test]
fn a_caller_reloaded_while_it_rings_is_joined_after_the_accept() {
    let mut story = Story::ringing("b");
    story.says('b', Call::Alive(it('b')));
    story.says('b', ringing('b'));
    assert_eq!(claim(&mut story, 'a', 'n'), ["a end replaced", "n alive", "n ringing"]);
    let heard = story.says('b', accept('b'));
    assert_eq!(heard, ["b answered", "b ack.accept", "b change.lock"]);
    story.says('b', Call::ChangeLockOk(it('b')));
    assert_eq!(story.says('b', Call::ChangeAnswer(described('b', sdp("9")))), ["n accept"]);
}

#[test]
fn two_pages_reloaded_at_once_cannot_be_joined() {
    let mut story = Story::talking();
    claim(&mut story, 'a', 'n');
    assert_eq!(claim(&mut story, 'b', 'm'), ["b end replaced", "m alive", "n end mediaFailed", "m end mediaFailed"]);
}

#[test]
fn a_claim_with_a_bad_offer_leaves_the_old_leg_alone() {
    let mut story = Story::talking();
    let start = Start { replace: true, ..start('n', Some("nonsense".into())) };
    let heard = story.feed(Input::TakeOver { leg: leg('a'), start: Box::new(start) });
    assert_eq!(heard, ["n refused invalidField sdp", "n end notAcceptable"]);
    assert_eq!(story.says('a', dtmf('a', "1")), ["b dtmf 1"]);
}

#[test]
fn the_call_ends_when_the_far_end_never_agrees() {
    let mut story = Story::talking();
    claim(&mut story, 'a', 'n');
    let heard = story.after(60_000);
    assert!(heard.iter().filter(|line| *line == "b change.lock").count() > 3, "it tried again: {heard:?}");
    assert_eq!(heard[heard.len() - 2..], ["b end mediaFailed", "n end mediaFailed"].map(String::from)[..]);
}
