#![allow(clippy::disallowed_methods, reason = "virtual time needs a beginning")]

use std::time::Duration;

use super::Party::{Browser, Engine};
use super::*;

fn until() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

fn offered_by(asker: Party) -> Change {
    let mut change = Change::default();
    assert_eq!(change.lock(asker, until()), Verdict::Pass);
    assert_eq!(change.lock_ok(asker.other(), until()), Verdict::Pass);
    assert_eq!(change.offer(asker, until()), Verdict::Pass);
    change
}

#[test]
fn lock_ok_offer_answer_frees_the_leg() {
    for asker in [Browser, Engine] {
        let mut change = offered_by(asker);
        assert!(change.is_offered() && change.deadline().is_some());
        assert_eq!(change.answer(asker.other()), Verdict::Pass);
        assert!(change.is_free() && change.deadline().is_none());
    }
}

#[test]
fn crossing_locks_reset_both() {
    let mut change = Change::default();
    change.lock(Engine, until());
    assert_eq!(change.lock(Browser, until()), Verdict::Reset);
    assert!(change.is_free());
}

#[test]
fn an_offer_without_a_granted_lock_is_reset() {
    assert_eq!(Change::default().offer(Browser, until()), Verdict::Reset);
    let mut asked = Change::default();
    asked.lock(Browser, until());
    assert_eq!(asked.offer(Browser, until()), Verdict::Reset);
    let mut granted = Change::default();
    granted.lock(Engine, until());
    granted.lock_ok(Browser, until());
    assert_eq!(granted.offer(Browser, until()), Verdict::Reset, "the lock is the other's");
}

#[test]
fn nobody_grants_or_answers_himself() {
    let mut asked = Change::default();
    asked.lock(Browser, until());
    assert_eq!(asked.lock_ok(Browser, until()), Verdict::Reset);
    assert_eq!(offered_by(Browser).answer(Browser), Verdict::Reset);
}

#[test]
fn a_repeated_grant_is_ignored_and_one_of_nothing_reset() {
    let mut change = offered_by(Engine);
    assert_eq!(change.lock_ok(Browser, until()), Verdict::Ignore);
    assert!(change.is_offered());
    assert_eq!(Change::default().lock_ok(Browser, until()), Verdict::Reset);
}

#[test]
fn a_reset_that_crossed_the_answer_goes_on_once() {
    let mut change = offered_by(Browser);
    change.answer(Engine);
    assert_eq!(change.lock_reset(Browser), Verdict::Pass, "the asker never applied the answer");
    assert_eq!(change.lock_reset(Browser), Verdict::Ignore);
    let mut change = offered_by(Browser);
    change.answer(Engine);
    assert_eq!(change.lock_reset(Engine), Verdict::Ignore, "the answerer did apply it");
}

#[test]
fn no_progress_frees_the_leg_at_its_bound() {
    let until = until();
    let mut change = Change::default();
    change.lock(Browser, until);
    assert!(!change.expire(until - Duration::from_millis(1)));
    assert!(change.expire(until) && change.is_free());
    assert!(!change.expire(until));
}
