//! Browser to browser, as two pages see it.

use serde_json::{Value, json};

use crate::page::{Page, id};
use crate::server::Server;

pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa\r\na=fingerprint:sha-256 00\r\na=setup:actpass\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";
pub const ANSWER: &str = "v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:efgh\r\na=ice-pwd:bbbbbbbbbbbbbbbbbbbbbbbb\r\na=fingerprint:sha-256 00\r\na=setup:active\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";

/// The two legs of a running call.
pub struct Legs {
    pub caller: String,
    pub callee: String,
    pub gcid: String,
}

impl Legs {
    pub fn of_caller(&self) -> Value {
        json!({ "id": self.caller, "gcid": self.gcid })
    }

    pub fn of_callee(&self) -> Value {
        json!({ "id": self.callee, "gcid": self.gcid })
    }
}

/// `call.start` of `page` to `target`.
pub fn start(page: &mut Page, target: &str) -> (String, String) {
    let (leg, gcid) = (id(), id());
    let account = page.account().0;
    page.call("start", json!({ "id": leg, "gcid": gcid, "account": account, "replace": false, "trickle": true, "target": target, "sdp": OFFER }));
    (leg, gcid)
}

/// The callee is offered the call and says that it rings.
pub fn ring(page: &mut Page) -> Value {
    let start = page.expect("call.start");
    let leg = json!({ "id": start["id"], "gcid": start["gcid"] });
    page.call("alive", leg.clone());
    page.call("ringing", leg);
    start
}

/// A call from `caller` to `callee`, answered.
pub fn establish(caller: &mut Page, callee: &mut Page, target: &str) -> Legs {
    let (leg, gcid) = start(caller, target);
    let offered = ring(callee);
    let legs = Legs { caller: leg, callee: offered["id"].as_str().expect("an id").to_owned(), gcid };
    assert_eq!(offered["gcid"], *legs.gcid);
    assert_ne!(legs.caller, legs.callee, "caller and callee never have the same id");
    caller.expect("call.alive");
    caller.expect("call.ringing");
    callee.call("accept", json!({ "id": legs.callee, "gcid": legs.gcid, "trickle": true, "sdp": ANSWER }));
    let accepted = caller.expect("call.accept");
    assert_eq!(accepted["sdp"], ANSWER);
    caller.call("ack.accept", legs.of_caller());
    callee.expect("call.ack.accept");
    legs
}

/// Ends the call from the caller's side.
pub fn end(caller: &mut Page, callee: &mut Page, legs: &Legs) {
    caller.call("end", json!({ "id": legs.caller, "gcid": legs.gcid, "reason": "normal" }));
    caller.expect("call.ack.end");
    let ended = callee.expect("call.end");
    assert_eq!(ended["reason"], "normal");
    callee.call("ack.end", legs.of_callee());
}

#[test]
fn a_whole_call() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let (leg, gcid) = start(&mut anna, "ben");
    let offered = ring(&mut ben);
    assert_eq!(offered["sdp"], OFFER);
    assert_eq!(offered["peer"]["uri"], "anna");
    assert_eq!(offered["media"], json!({ "audio": true, "video": false }));
    assert_eq!(offered["account"], ben.account().0);
    let alive = anna.next();
    assert_eq!((&alive["method"], &alive["from"]), (&json!("call.alive"), &json!(anna.account().1)));
    anna.expect("call.ringing");
    let callee = offered["id"].clone();
    ben.call("accept", json!({ "id": callee, "gcid": gcid, "trickle": true, "sdp": ANSWER }));
    anna.expect("call.accept");
    anna.call("ack.accept", json!({ "id": leg, "gcid": gcid }));
    ben.expect("call.ack.accept");
    let candidate = json!({ "type": "WEBRTC_LEGACY", "payload": "{\"candidate\":\"candidate:1 1 udp 1 127.0.0.1 5000 typ host\",\"sdpMid\":\"0\"}" });
    anna.call("candidate", json!({ "id": leg, "gcid": gcid, "candidate": candidate }));
    assert_eq!(ben.expect("call.candidate")["candidate"]["type"], "WEBRTC_LEGACY");
    anna.call("dtmf", json!({ "id": leg, "gcid": gcid, "dtmf": "12#" }));
    assert_eq!(ben.expect("call.dtmf")["dtmf"], "12#");
    ben.call("end", json!({ "id": callee, "gcid": gcid, "reason": "normal" }));
    ben.expect("call.ack.end");
    assert_eq!(anna.expect("call.end")["reason"], "normal");
    anna.call("ack.end", json!({ "id": leg, "gcid": gcid }));
    anna.silent();
    ben.silent();
}

#[test]
fn nobody_is_there() {
    let server = Server::start();
    let mut anna = server.page("anna");
    let (leg, _) = start(&mut anna, "nobody");
    let ended = anna.expect("call.end");
    assert_eq!((&ended["reason"], &ended["id"]), (&json!("notFound"), &json!(leg)));
}

#[test]
fn two_devices_ring_and_the_first_accept_wins() {
    let server = Server::start();
    let (mut anna, mut desk, mut mobile) = (server.page("anna"), server.page("ben"), server.page("ben"));
    let (_, gcid) = start(&mut anna, "ben");
    let (at_desk, at_mobile) = (ring(&mut desk), ring(&mut mobile));
    assert_ne!(at_desk["id"], at_mobile["id"]);
    anna.expect("call.alive");
    anna.expect("call.ringing");
    mobile.call("accept", json!({ "id": at_mobile["id"], "gcid": gcid, "trickle": true, "sdp": ANSWER }));
    anna.expect("call.accept");
    assert_eq!(desk.expect("call.end")["reason"], "answeredElsewhere");
    // The other device's accept crossed: it is told that the call is over, and nothing else happens.
    desk.call("accept", json!({ "id": at_desk["id"], "gcid": gcid, "trickle": true, "sdp": ANSWER }));
    anna.silent();
}

#[test]
fn busy_declined_and_canceled_reach_the_other_side() {
    let server = Server::start();
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    for reason in ["busy", "declined"] {
        let (_, gcid) = start(&mut anna, "ben");
        let offered = ring(&mut ben);
        anna.expect("call.alive");
        anna.expect("call.ringing");
        ben.call("end", json!({ "id": offered["id"], "gcid": gcid, "reason": reason }));
        ben.expect("call.ack.end");
        assert_eq!(anna.expect("call.end")["reason"], reason);
    }
    let (leg, gcid) = start(&mut anna, "ben");
    ring(&mut ben);
    anna.expect("call.alive");
    anna.expect("call.ringing");
    anna.call("end", json!({ "id": leg, "gcid": gcid, "reason": "aborted" }));
    anna.expect("call.ack.end");
    assert_eq!(ben.expect("call.end")["reason"], "canceled");
}

#[test]
fn a_gcid_that_runs_already_does_not_ring_a_second_call() {
    let server = Server::start();
    let (mut anna, mut ben, mut cleo) = (server.page("anna"), server.page("ben"), server.page("cleo"));
    let legs = establish(&mut anna, &mut ben, "ben");
    let account = cleo.account().0;
    cleo.call(
        "start",
        json!({ "id": id(), "gcid": legs.gcid, "account": account, "trickle": true, "target": "ben", "sdp": OFFER }),
    );
    assert_eq!(cleo.expect("call.end")["reason"], "unavailable");
    ben.silent();
    end(&mut anna, &mut ben, &legs);
}
