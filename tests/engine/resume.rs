//! A socket is lost: what goes on, what is replayed, what ends.

use serde_json::json;

use crate::calls::{ANSWER, OFFER, end, establish, ring, start};
use crate::page::{Page, id};
use crate::server::Server;

#[test]
fn a_resumed_socket_gets_what_it_missed_and_the_far_end_hears_nothing() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let legs = establish(&mut anna, &mut ben, "ben");
    anna.cut();
    for digit in ["1", "2", "3"] {
        let mut body = legs.of_callee();
        body["dtmf"] = json!(digit);
        ben.call("dtmf", body);
    }
    ben.silent();
    let mut again = Page::resume(server.address, &anna);
    assert_eq!((&again.validated["resumed"], again.client()), (&json!(true), anna.client()));
    for digit in ["1", "2", "3"] {
        assert_eq!(again.expect("call.dtmf")["dtmf"], digit);
    }
    end(&mut again, &mut ben, &legs);
    ben.silent();
}

#[test]
fn a_resume_before_the_loss_is_noticed_replaces_the_old_socket() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let legs = establish(&mut anna, &mut ben, "ben");
    let mut again = Page::resume(server.address, &anna);
    assert_eq!(again.validated["resumed"], true);
    assert_eq!(anna.closed(), 4409);
    end(&mut again, &mut ben, &legs);
}

#[test]
fn after_the_grace_period_the_call_ends_cleanly() {
    let server = Server::with("[session]\nresume_grace_ms = 300");
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let legs = establish(&mut anna, &mut ben, "ben");
    anna.cut();
    let ended = ben.expect("call.end");
    assert_eq!((&ended["reason"], &ended["id"]), (&json!("connectionLost"), &json!(legs.callee)));
    ben.call("ack.end", legs.of_callee());
    let mut late = Page::resume(server.address, &anna);
    assert_eq!(late.validated["resumed"], false);
    assert_ne!(late.client(), anna.client());
    late.connect();
    let next = establish(&mut late, &mut ben, "ben");
    end(&mut late, &mut ben, &next);
}

#[test]
fn a_foreign_client_id_or_number_cannot_be_resumed() {
    let server = Server::start();
    let (mut anna, mut thief) = (server.page("anna"), server.page("ben"));
    thief.client_to_resume = Some(anna.client());
    let mut thief = Page::resume(server.address, &thief);
    assert_eq!(thief.validated["resumed"], false);
    thief.silent();
    anna.silent();
    anna.seen += 1_000;
    let mut liar = Page::resume(server.address, &anna);
    assert_eq!(liar.validated["resumed"], false);
    liar.silent();
}

#[test]
fn a_reloaded_page_takes_its_call_back_with_replace() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let legs = establish(&mut anna, &mut ben, "ben");
    let mut reloaded = Page::open(server.address, &anna.token);
    reloaded.connect();
    let leg = id();
    let offer = OFFER.replace("o=- 1 1", "o=- 7 1");
    let account = reloaded.account().0;
    reloaded.call("start", json!({ "id": leg, "gcid": legs.gcid, "account": account, "replace": true, "trickle": true, "target": "ben", "sdp": offer }));
    assert_eq!(anna.expect("call.end")["reason"], "replaced");
    ben.expect("call.change.lock");
    ben.call("change.lock.ok", legs.of_callee());
    assert_eq!(ben.expect("call.change.offer")["sdp"], offer);
    let mut body = legs.of_callee();
    body["sdp"] = json!(ANSWER);
    ben.call("change.answer", body);
    loop {
        let frame = reloaded.next();
        if frame["method"] == "call.accept" {
            assert_eq!(frame["body"]["sdp"], ANSWER);
            break;
        }
        assert!(["call.alive", "call.ringing"].contains(&frame["method"].as_str().unwrap_or_default()), "{frame}");
    }
    reloaded.call("ack.accept", json!({ "id": leg, "gcid": legs.gcid }));
    ben.call("end", json!({ "id": legs.callee, "gcid": legs.gcid, "reason": "normal" }));
    ben.expect("call.ack.end");
    assert_eq!(reloaded.expect("call.end")["id"], leg);
}

#[test]
fn a_page_reloaded_while_it_rings_rings_again() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let (_, gcid) = start(&mut anna, "ben");
    ring(&mut ben);
    anna.expect("call.alive");
    anna.expect("call.ringing");
    ben.cut();
    let mut reloaded = Page::open(server.address, &ben.token);
    reloaded.connect();
    let offered = reloaded.expect("call.start");
    assert_eq!(offered["gcid"], gcid);
    reloaded.call("alive", json!({ "id": offered["id"], "gcid": gcid }));
    reloaded.call("accept", json!({ "id": offered["id"], "gcid": gcid, "trickle": true, "sdp": ANSWER }));
    assert_eq!(anna.expect("call.accept")["sdp"], ANSWER);
}

#[test]
fn whichever_device_has_answered_its_reloaded_page_takes_the_call_back() {
    let server = Server::start();
    for (answering, name) in ["ben", "bea"].into_iter().enumerate() {
        let (mut anna, mut first) = (server.page("anna"), server.page(name));
        let mut second = Page::open(server.address, &first.token);
        second.connect();
        let (leg, gcid) = start(&mut anna, name);
        let mut devices = [(ring(&mut first), first), (ring(&mut second), second)];
        anna.expect("call.alive");
        anna.expect("call.ringing");
        let (offered, device) = &mut devices[answering];
        device.call("accept", json!({ "id": offered["id"], "gcid": gcid, "trickle": true, "sdp": ANSWER }));
        anna.expect("call.accept");
        anna.call("ack.accept", json!({ "id": leg, "gcid": gcid }));
        device.expect("call.ack.accept");
        let mut reloaded = Page::open(server.address, &device.token);
        reloaded.connect();
        reloaded.call(
            "start",
            json!({ "id": id(), "gcid": gcid, "replace": true, "trickle": true, "target": "anna", "sdp": OFFER }),
        );
        assert_eq!(device.expect("call.end")["reason"], "replaced");
        anna.expect("call.change.lock");
    }
}

#[test]
fn a_half_open_socket_is_noticed_by_its_silence() {
    let server = Server::with("[session]\nresume_grace_ms = 100\n[limits]\nheartbeat_s = 1");
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let legs = establish(&mut anna, &mut ben, "ben");
    // Anna's machine is gone without a word: nothing reads her socket, so no ping is answered.
    let ended = ben.expect("call.end");
    assert_eq!((&ended["reason"], &ended["id"]), (&json!("connectionLost"), &json!(legs.callee)));
}
