//! Calls that nobody takes, and calls that die early: what is recorded, and what the phone hears.

use serde_json::{Value, json};
use signal::EndReason;
use sip::message::{Method, Status};

use super::page::Page;
use super::phones::{leg_of, with};
use super::scene::{dial, establish, scene, scene_with};
use super::server::Server;

/// A frame of a call that panics in its actor.
fn poison(page: &mut Page, leg: &Value) {
    let (target, body) = (page.account().1, with(leg, "dtmf", "1".into()));
    page.send(&json!({ "method": "call.dtmf", "to": target, "id": "panic in call", "body": body }));
}

/// The only record, once it is there, of an incoming call without an answer.
fn missed(server: &Server) -> EndReason {
    loop {
        if let [record] = &server.directory.records.lock().unwrap()[..] {
            assert!(!record.outgoing && record.answered.is_none());
            assert_eq!((record.local.as_str(), record.remote.as_str()), ("anna", "sip:ben@b.example"));
            return record.reason;
        }
        // With the lock left alone for a while: who takes it again at once lets nobody else have it on a busy machine.
        std::thread::park_timeout(std::time::Duration::from_millis(1));
    }
}

#[test]
fn a_call_that_the_caller_gives_up_is_recorded() {
    let (mut phone, server, mut page) = scene();
    let invite = phone.call();
    page.expect("call.start");
    phone.again(&invite, Method::Cancel, None);
    phone.response(Status::OK);
    phone.response(Status::REQUEST_TERMINATED);
    assert_eq!(missed(&server), EndReason::Canceled);
}

#[test]
fn a_call_for_which_there_is_no_room_is_recorded() {
    let (mut phone, server, mut page) = scene_with(&json!({ "maxCalls": 1 }));
    establish(&mut page, &mut phone);
    phone.call();
    phone.response(Status::TEMPORARILY_UNAVAILABLE);
    assert_eq!(missed(&server), EndReason::LimitExceeded);
}

#[test]
fn a_call_that_dies_before_the_phone_has_spoken_is_cancelled_when_it_does() {
    let (mut phone, _server, mut page) = scene();
    let (leg, invite) = dial(&mut page, &mut phone, "ben");
    poison(&mut page, &leg);
    assert_eq!(page.expect("call.end")["reason"], "internalError");
    phone.answer(&invite, Status::RINGING);
    phone.request(&Method::Cancel);
}

#[test]
fn a_call_that_died_and_is_answered_is_ended() {
    let (mut phone, _server, mut page) = scene();
    let (leg, invite) = dial(&mut page, &mut phone, "ben");
    poison(&mut page, &leg);
    page.expect("call.end");
    phone.answer(&invite, Status::OK);
    phone.request(&Method::Ack);
    let bye = phone.request(&Method::Bye);
    assert_eq!(bye.uri().to_string(), format!("sip:phone@{}", phone.address()));
}

#[test]
fn a_phone_whose_call_dies_before_it_rings_is_refused() {
    let (mut phone, _server, mut page) = scene();
    phone.call();
    let leg = leg_of(&page.expect("call.start"));
    poison(&mut page, &leg);
    page.expect("call.end");
    phone.response(Status::SERVER_INTERNAL_ERROR);
}
