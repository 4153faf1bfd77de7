//! What a client does wrong is answered clearly and hurts nobody else.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::calls::{ANSWER, OFFER, end, establish, start};
use crate::page::{Page, id};
use crate::server::Server;

#[test]
fn a_fresh_socket_may_only_open_a_session() {
    let server = Server::start();
    let deep = format!("{{\"method\":\"session.open\",\"body\":{}{}}}", "[".repeat(20), "]".repeat(20));
    let large = format!("{{\"method\":\"session.open\",\"pad\":\"{}\"}}", "x".repeat(9_000));
    let frames = [
        ("no JSON", "malformed"),
        ("[1]", "malformed"),
        (deep.as_str(), "tooDeep"),
        (large.as_str(), "tooLarge"),
        ("{\"method\":\"call.start\",\"to\":\"core\",\"body\":{}}", "notOpen"),
        ("{\"method\":\"session.open\",\"body\":{\"credentials\":{}}}", "invalidField"),
        ("{\"method\":\"session.open\",\"body\":{\"credentials\":{\"userSession\":7}}}", "invalidField"),
    ];
    for (frame, code) in frames {
        let mut page = Page::raw(server.address);
        page.send_text(frame);
        page.refused(code);
        assert_eq!(page.closed(), 4400, "{frame}");
    }
    let mut page = Page::raw(server.address);
    page.send_raw(Message::binary(vec![1, 2, 3]));
    page.refused("malformed");
    assert_eq!(page.closed(), 4400);
}

#[test]
fn a_wrong_token_is_told_so_and_closed() {
    let server = Server::start();
    let mut page = Page::raw(server.address);
    page.send(
        &json!({ "method": "session.open", "to": "core", "body": { "credentials": { "userSession": "guess" } } }),
    );
    let refused = page.expect("session.validated");
    assert_eq!(refused["result"], false);
    assert_eq!(refused["reason"]["type"], "invalidToken");
    assert_eq!(refused["reason"]["message"], "Your token is not a valid user session token!");
    assert_eq!(page.closed(), 4401);
    let token = server.token("anna");
    let mut page = Page::raw(server.address);
    page.send(
        &json!({ "method": "session.open", "session": "another", "body": { "credentials": { "userSession": token } } }),
    );
    assert_eq!(page.expect("session.validated")["reason"]["type"], "invalidToken");
    assert_eq!(page.closed(), 4401);
}

#[test]
fn a_silent_socket_is_closed() {
    let server = Server::with("[limits]\nopen_timeout_ms = 100");
    assert_eq!(Page::raw(server.address).closed(), 4408);
}

#[test]
fn an_open_session_answers_every_mistake_and_stays_open() {
    let server = Server::start();
    let mut anna = server.page("anna");
    anna.send_text("{");
    anna.refused("malformed");
    anna.send_raw(Message::binary(vec![0; 10]));
    anna.refused("malformed");
    anna.send_text(&format!("{{\"method\":\"x\",\"body\":{}{}}}", "[".repeat(40), "]".repeat(40)));
    anna.refused("tooDeep");
    anna.send(&json!({ "method": "call.nothing", "to": anna.account().1, "id": 7, "body": {} }));
    let error = anna.refused("unknownMethod");
    assert_eq!((&error["ref"], &error["method"]), (&json!(7), &json!("call.nothing")));
    anna.send(&json!({ "method": "account.connect", "to": "webrtc:nonsense", "body": {} }));
    anna.refused("unknownAddress");
    anna.send(&json!({ "method": "account.connect", "to": "nobody:7", "body": {} }));
    anna.refused("unknownAddress");
    anna.send(&json!({ "method": "session.close", "to": "core", "session": "another", "body": {} }));
    anna.refused("forbidden");
    let many: Vec<_> = (0..100).map(|_| anna.account().1).collect();
    anna.send(&json!({ "method": "account.connect", "to": many, "body": {} }));
    anna.refused("limitExceeded");
    anna.send(
        &json!({ "method": "session.open", "to": "core", "body": { "credentials": { "userSession": anna.token } } }),
    );
    anna.refused("wrongState");
    anna.silent();
}

#[test]
fn a_frame_over_the_limit_ends_the_socket_and_only_that() {
    let server = Server::with("[limits]\nframe_bytes = 16384");
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    anna.send_text(&format!("{{\"method\":\"x\",\"pad\":\"{}\"}}", "x".repeat(20_000)));
    anna.refused("tooLarge");
    assert_eq!(anna.closed(), 1009);
    ben.silent();
    let mut again = Page::resume(server.address, &anna);
    assert_eq!(again.validated["resumed"], true);
    again.silent();
}

#[test]
fn another_sessions_actor_is_as_good_as_none() {
    let server = Server::start();
    let (mut anna, mut ben, mut eve) = (server.page("anna"), server.page("ben"), server.page("eve"));
    let legs = establish(&mut anna, &mut ben, "ben");
    let foreign = anna.account().1;
    eve.send(&json!({ "method": "call.end", "to": foreign, "body": { "id": legs.caller, "gcid": legs.gcid } }));
    let foreign_error = eve.refused("unknownAddress");
    eve.send(&json!({ "method": "call.end", "to": format!("webrtc:{}", id()), "body": { "id": legs.caller, "gcid": legs.gcid } }));
    assert_eq!(eve.refused("unknownAddress"), foreign_error, "a guess gets the answer of a miss");
    eve.send(&json!({ "method": "call.dtmf", "to": format!("browser:{}", anna.client()), "body": {} }));
    assert_eq!(eve.refused("unknownAddress")["message"], foreign_error["message"]);
    // Through her own account the foreign ids are unknown too, and the gcid cannot be taken over.
    eve.call("end", legs.of_caller());
    eve.refused("unknownCall");
    let account = eve.account().0;
    eve.call(
        "start",
        json!({ "id": id(), "gcid": legs.gcid, "account": account, "replace": true, "target": "nobody", "sdp": OFFER }),
    );
    assert_eq!(eve.expect("call.end")["reason"], "notFound");
    end(&mut anna, &mut ben, &legs);
}

#[test]
fn call_messages_in_the_wrong_state_or_about_no_call() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let (leg, gcid) = start(&mut anna, "ben");
    let offered = ben.expect("call.start");
    anna.call("accept", json!({ "id": leg, "gcid": gcid, "sdp": ANSWER }));
    anna.refused("wrongState");
    anna.call("candidate", json!({ "id": id(), "gcid": gcid, "candidate": { "type": "WEBRTC_LEGACY", "payload": "{\"candidate\":\"\"}" } }));
    anna.refused("unknownCall");
    anna.call("dtmf", json!({ "id": leg, "gcid": "another", "dtmf": "1" }));
    anna.refused("invalidField");
    let account = anna.account().0;
    anna.call("start", json!({ "id": leg, "gcid": id(), "account": account, "target": "ben", "sdp": OFFER }));
    anna.refused("wrongState");
    anna.call("start", json!({ "id": id(), "gcid": id(), "account": id(), "target": "ben", "sdp": OFFER }));
    anna.refused("invalidField");
    let callee = json!({ "id": offered["id"], "gcid": gcid });
    ben.call("accept", json!({ "id": offered["id"], "gcid": gcid, "sdp": ANSWER }));
    ben.call("accept", json!({ "id": offered["id"], "gcid": gcid, "sdp": ANSWER }));
    ben.refused("wrongState");
    anna.expect("call.accept");
    anna.call("ack.accept", json!({ "id": leg, "gcid": gcid }));
    ben.expect("call.ack.accept");
    // An answer nobody asked for resets the renegotiation, and nothing else.
    ben.call("change.answer", json!({ "id": callee["id"], "gcid": gcid, "sdp": ANSWER }));
    ben.expect("call.change.lock.reset");
    ben.call("start", callee.clone());
    ben.refused("wrongState");
    ben.silent();
    anna.silent();
}

#[test]
fn a_flood_is_refused_then_cut_and_others_go_on() {
    let server = Server::with("[limits]\nmessages_per_s = 10\nmessages_burst = 20");
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let frame = json!({ "method": "core.nothing", "to": "core", "body": {} }).to_string();
    for _ in 0..2_100 {
        anna.send_text(&frame);
    }
    assert_eq!(anna.closed(), 4429);
    ben.silent();
}

#[test]
fn a_reader_that_stops_reading_is_cut_off() {
    let server = Server::with("[limits]\nmessages_per_s = 100000\nmessages_burst = 1000000");
    let (slow, mut ben) = (server.page("anna"), server.page("ben"));
    let mut anna = slow;
    let legs = establish(&mut anna, &mut ben, "ben");
    let filler = "x".repeat(400);
    // Nobody reads anna's socket: its buffers fill, then the engine ends it.
    for _ in 0..60_000 {
        let mut body = legs.of_callee();
        body["note"] = json!(filler);
        ben.call("info", body);
    }
    ben.silent();
    anna.stream().set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let metrics = crate::raw_http::get(server.address, "/metrics").text();
    let cut = metrics.lines().find(|line| line.starts_with("rtc_engine_sockets_cut_total"));
    assert!(cut.is_some_and(|line| !line.ends_with(" 0")), "{cut:?}");
}

#[test]
fn pages_of_other_origins_are_kept_out_where_the_app_says_so() {
    let server = Server::start();
    let token = server.token("anna");
    // The demo's app allows every origin; the REST story sets one.
    let mut page = Page::from_origin(server.address, Some("https://elsewhere.example"));
    page.send(&json!({ "method": "session.open", "to": "core", "body": { "credentials": { "userSession": token } } }));
    assert_eq!(page.expect("session.validated")["result"], true);
}

#[test]
fn a_fresh_socket_cannot_make_the_engine_hold_a_large_frame() {
    let server = Server::start();
    let page = Page::raw(server.address);
    let mut stream = page.stream();
    // The head of a masked text frame of 200,000 bytes, and less than that of them.
    let mut part = vec![0x81, 0xff, 0, 0, 0, 0, 0, 3, 0x0d, 0x40, 0, 0, 0, 0];
    part.resize(64 * 1024, b'x');
    stream.write_all(&part).expect("the socket is open");
    let mut words = Vec::new();
    let end = stream.read_to_end(&mut words).map_err(|error| error.kind());
    assert!(matches!(end, Ok(_) | Err(ErrorKind::ConnectionReset)), "{end:?}");
    assert_eq!(words, b"", "cut off at once, not closed for its silence");
}
