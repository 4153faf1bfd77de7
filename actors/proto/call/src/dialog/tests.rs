#![allow(clippy::disallowed_methods, reason = "virtual time needs a beginning")]

use std::time::Duration;

use super::*;

fn accepted(role: Role) -> (Dialog, Instant) {
    let until = Instant::now() + Duration::from_secs(1);
    let mut dialog = Dialog::new(role);
    let callee = if role == Role::Callee { Party::Browser } else { Party::Engine };
    dialog.accept(callee, until).unwrap();
    (dialog, until)
}

#[test]
fn both_directions_are_one_machine() {
    for (role, callee) in [(Role::Caller, Party::Engine), (Role::Callee, Party::Browser)] {
        let mut dialog = Dialog::new(role);
        dialog.provisional(callee).unwrap();
        assert_eq!(dialog.provisional(callee.other()).unwrap_err().code, Code::WrongState);
        assert!(dialog.accept(callee.other(), Instant::now()).is_err());
        let (mut dialog, _) = accepted(role);
        assert!(dialog.ack_accept(callee).is_err(), "only the caller acknowledges");
        dialog.ack_accept(callee.other()).unwrap();
        assert!(dialog.is_established());
    }
}

#[test]
fn a_second_accept_or_ack_is_wrong() {
    let (mut dialog, until) = accepted(Role::Callee);
    assert_eq!(dialog.accept(Party::Browser, until).unwrap_err().code, Code::WrongState);
    dialog.ack_accept(Party::Engine).unwrap();
    assert!(dialog.ack_accept(Party::Engine).is_err());
    assert!(dialog.provisional(Party::Browser).is_err());
}

#[test]
fn an_accept_without_ack_expires_at_its_bound() {
    let (mut dialog, until) = accepted(Role::Caller);
    assert_eq!(dialog.deadline(), Some(until));
    assert!(!dialog.expire(until - Duration::from_millis(1)));
    assert!(dialog.expire(until));
    assert!(dialog.is_live(), "whoever joins the legs ends it");
}

#[test]
fn crossing_ends_leave_the_leg_over() {
    let now = Instant::now();
    let mut dialog = Dialog::new(Role::Caller);
    assert!(dialog.end(now));
    assert!(!dialog.end(now), "one call.end on the wire");
    assert_eq!(dialog.on_end(), Ended::Crossed);
    assert!(dialog.is_over());
    dialog.on_ack_end();
    assert_eq!(dialog.on_end(), Ended::Before);
}

#[test]
fn an_end_nobody_confirms_is_over_at_its_bound() {
    let now = Instant::now();
    let mut dialog = Dialog::new(Role::Callee);
    dialog.on_ack_end();
    assert!(dialog.is_live(), "a confirmation of nothing changes nothing");
    dialog.end(now);
    assert!(dialog.expire(now) && dialog.is_over());
    assert!(!dialog.is_settled(), "the browser may not know yet");
    assert_eq!(dialog.on_end(), Ended::Crossed);
    assert!(dialog.is_settled());
}
