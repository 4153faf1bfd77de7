//! A panic ends one actor; nothing else notices.

use serde_json::{Value, json};
use signal::EndReason;

use super::page::{Page, id};
use super::server::Server;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";

/// A running call: the bodies that name its legs.
fn establish(caller: &mut Page, callee: &mut Page, target: &str) -> (Value, Value) {
    let (leg, gcid) = (id(), id());
    let account = caller.account().0;
    caller.call(
        "start",
        json!({ "id": leg, "gcid": gcid, "account": account, "trickle": true, "target": target, "sdp": SDP }),
    );
    let offered = callee.expect("call.start");
    callee.call("accept", json!({ "id": offered["id"], "gcid": gcid, "trickle": true, "sdp": SDP }));
    caller.expect("call.accept");
    caller.call("ack.accept", json!({ "id": leg, "gcid": gcid }));
    callee.expect("call.ack.accept");
    (json!({ "id": leg, "gcid": gcid }), json!({ "id": offered["id"], "gcid": gcid }))
}

/// A frame that panics in `place`.
fn poison(page: &mut Page, action: &str, leg: &Value, place: &str) {
    let frame = json!({ "method": action, "to": page.account().1, "id": format!("panic in {place}"), "body": leg });
    page.send(&frame);
}

/// Messages still pass between the two.
fn talk(from: &mut Page, to: &mut Page, leg: &Value) {
    let mut body = leg.clone();
    body["dtmf"] = json!("5");
    from.call("dtmf", body);
    assert_eq!(to.expect("call.dtmf")["dtmf"], "5");
}

#[test]
fn a_dead_call_ends_towards_both_legs_and_no_other_call_notices() {
    let server = Server::start();
    let (mut anna, mut ben, mut cleo, mut dan) =
        (server.page("anna"), server.page("ben"), server.page("cleo"), server.page("dan"));
    let (leg, far) = establish(&mut anna, &mut ben, "ben");
    let (other, _) = establish(&mut cleo, &mut dan, "dan");
    let (second, _) = establish(&mut anna, &mut dan, "dan");
    poison(&mut anna, "call.dtmf", &json!({ "id": leg["id"], "gcid": leg["gcid"], "dtmf": "1" }), "call");
    for (page, leg) in [(&mut anna, &leg), (&mut ben, &far)] {
        let ended = page.expect("call.end");
        assert_eq!((&ended["id"], &ended["reason"]), (&leg["id"], &json!("internalError")));
        page.silent();
    }
    talk(&mut cleo, &mut dan, &other);
    talk(&mut anna, &mut dan, &second);
    let (again, _) = establish(&mut anna, &mut ben, "ben");
    talk(&mut anna, &mut ben, &again);
    let records = server.directory.records.lock().unwrap();
    let faults = records.iter().filter(|record| record.reason == EndReason::InternalError).count();
    assert_eq!(faults, 2, "a record for each leg");
}

#[test]
fn a_dead_account_is_rebuilt_and_its_calls_go_on() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let (leg, far) = establish(&mut anna, &mut ben, "ben");
    for page in [&mut anna, &mut ben] {
        poison(page, "account.connect", &json!({}), "account");
    }
    // The rebuilt accounts answer at their old addresses, for the old call and for new ones.
    for page in [&mut anna, &mut ben] {
        while server.exchange.counters.actors_rebuilt.get() < 2 {
            std::thread::yield_now();
        }
        page.connect();
    }
    talk(&mut anna, &mut ben, &leg);
    talk(&mut ben, &mut anna, &far);
    let (again, _) = establish(&mut anna, &mut ben, "ben");
    talk(&mut anna, &mut ben, &again);
}

#[test]
fn a_dead_connector_is_rebuilt_and_still_knows_everybody() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let dead = server.exchange.webrtc();
    dead.do_send(crate::webrtc::Panic);
    while server.exchange.webrtc() == dead {
        std::thread::yield_now();
    }
    let (leg, _) = establish(&mut anna, &mut ben, "ben");
    talk(&mut anna, &mut ben, &leg);
    assert_eq!(server.exchange.counters.actors_rebuilt.get(), 1);
}

#[test]
fn a_dead_session_closes_its_sockets_and_can_be_opened_again() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let (_, far) = establish(&mut anna, &mut ben, "ben");
    anna.send(&json!({ "method": "session.nothing", "to": "core", "id": "panic in session", "body": {} }));
    assert_eq!(anna.closed(), 1011);
    let ended = ben.expect("call.end");
    assert_eq!(ended["id"], far["id"]);
    let mut again = server.page("anna");
    ben.call("ack.end", far);
    let (leg, _) = establish(&mut again, &mut ben, "ben");
    talk(&mut again, &mut ben, &leg);
}

#[test]
fn a_database_that_is_gone_stops_new_sessions_only() {
    use std::sync::atomic::Ordering;
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let (leg, _) = establish(&mut anna, &mut ben, "ben");
    server.directory.away.store(true, Ordering::Relaxed);
    let mut page = Page::raw(server.address);
    page.send(&json!({ "method": "session.open", "body": { "credentials": { "userSession": "cleo" } } }));
    assert_eq!(page.expect("session.validated")["reason"]["type"], "internalError");
    assert_eq!(page.closed(), 4401);
    talk(&mut anna, &mut ben, &leg);
    server.directory.away.store(false, Ordering::Relaxed);
    let mut cleo = server.page("cleo");
    let (leg, _) = establish(&mut cleo, &mut ben, "ben");
    talk(&mut cleo, &mut ben, &leg);
}

#[test]
fn what_everybody_shares_outlives_a_panic() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let (leg, far) = establish(&mut anna, &mut ben, "ben");
    for place in ["browser connector", "router", "registry"] {
        poison(&mut anna, "call.dtmf", &leg, place);
        talk(&mut anna, &mut ben, &leg);
        talk(&mut ben, &mut anna, &far);
    }
}

#[test]
fn a_call_that_ends_while_its_callee_is_looked_up_leaves_nothing_behind() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let account = anna.account().0;
    // Many more than an account may have at a time: each gives its room back.
    for _ in 0..100 {
        let (leg, gcid) = (id(), id());
        let start =
            json!({ "id": leg, "gcid": gcid, "account": account, "trickle": true, "target": "ben", "sdp": SDP });
        anna.call("start", start);
        anna.call("end", json!({ "id": leg, "gcid": gcid, "reason": "canceled" }));
        anna.expect("call.ack.end");
        while server.exchange.counters.calls.get() > 0 {
            confirm_ends(&mut ben);
        }
    }
    confirm_ends(&mut ben);
    let (leg, _) = establish(&mut anna, &mut ben, "ben");
    talk(&mut anna, &mut ben, &leg);
}

/// Confirms every `call.end` that has come.
fn confirm_ends(page: &mut Page) {
    page.send(&json!({ "method": "core.nothing", "to": "core", "body": {} }));
    loop {
        let frame = page.next();
        match frame["method"].as_str() {
            Some("call.end") => page.call("ack.end", frame["body"].clone()),
            Some("call.start") => {}
            _ => return,
        }
    }
}

#[test]
fn a_thread_that_dies_rebuilds_nothing_on_its_way() {
    let (told, counters) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix::System::new().block_on(async move {
            let exchange = crate::sip::tests::network::Engine::deaf().exchange;
            exchange.webrtc().send(crate::webrtc::Panic).await.unwrap_err();
            told.send(exchange.counters.clone()).unwrap();
            while exchange.counters.actors_rebuilt.get() == 0 {
                tokio::task::yield_now().await;
            }
            panic!("a test asked for a panic on the thread of the connector");
        });
    });
    assert!(thread.join().is_err());
    assert_eq!(counters.recv().unwrap().actors_rebuilt.get(), 1, "the one that died by itself");
}
