//! Browsers and a phone: what each of them sees.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use ::media::Certificate;
use ::media::client::{Change, Client, MediaKind};
use serde_json::{Value, json};
use sip::message::{Method, Status, name};

use super::page::{Page, id};
use super::scene::{dial, establish, scene};

/// A browser's offer.
pub fn offer() -> String {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let mut client = Client::new(Instant::now(), address, &Certificate::generate().unwrap()).unwrap();
    client.offer(&[Change::Add(MediaKind::Audio)]).unwrap()
}

/// A browser's answer to the engine's `offer`, with its first codec.
pub fn answer(offer: &str) -> String {
    let line = |start: &str| offer.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned();
    let format = line("m=audio").split(' ').nth(3).unwrap().to_owned();
    let lines = [
        "v=0".to_owned(),
        "o=- 1 1 IN IP4 127.0.0.1".to_owned(),
        "s=-".to_owned(),
        "t=0 0".to_owned(),
        line("a=group:BUNDLE"),
        format!("m=audio 9 UDP/TLS/RTP/SAVPF {format}"),
        "c=IN IP4 0.0.0.0".to_owned(),
        line("a=mid:"),
        "a=ice-ufrag:abcdefgh".to_owned(),
        "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        format!("a=fingerprint:sha-256 {}", vec!["00"; 32].join(":")),
        "a=setup:active".to_owned(),
        "a=rtcp-mux".to_owned(),
        line(&format!("a=rtpmap:{format} ")),
        "a=sendrecv".to_owned(),
    ];
    lines.into_iter().filter(|line| !line.is_empty()).map(|line| line + "\r\n").collect()
}

pub fn start(page: &mut Page, target: &str) -> Value {
    let (leg, gcid) = (id(), id());
    let account = page.account().0;
    let start =
        json!({ "id": leg, "gcid": gcid, "account": account, "trickle": true, "target": target, "sdp": offer() });
    page.call("start", start);
    json!({ "id": leg, "gcid": gcid })
}

pub fn with(leg: &Value, key: &str, value: Value) -> Value {
    let mut body = leg.clone();
    body[key] = value;
    body
}

pub fn leg_of(start: &Value) -> Value {
    json!({ "id": start["id"], "gcid": start["gcid"] })
}

#[test]
fn a_page_calls_a_phone() {
    let (mut phone, server, mut page) = scene();
    let (leg, invite) = dial(&mut page, &mut phone, "030 / 123");
    assert_eq!(invite.uri().to_string(), "sip:030123@a.example");
    assert!(String::from_utf8_lossy(invite.body()).contains("RTP/AVP"), "{invite:?}");
    phone.answer(&invite, Status::RINGING);
    page.expect("call.ringing");
    phone.answer(&invite, Status::OK);
    phone.request(&Method::Ack);
    let accepted = page.expect("call.accept");
    assert!(accepted["sdp"].as_str().is_some_and(|sdp| sdp.contains("UDP/TLS/RTP/SAVPF")), "{accepted}");
    page.call("ack.accept", leg.clone());
    page.call("end", with(&leg, "reason", "normal".into()));
    page.expect("call.ack.end");
    let bye = phone.request(&Method::Bye);
    phone.answer(&bye, Status::OK);
    while server.exchange.counters.calls.get() > 0 {
        std::thread::yield_now();
    }
    let records = server.directory.records.lock().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].connector, signal::Connector::Sip);
    assert!(records[0].answered.is_some());
}

#[test]
fn a_busy_phone_is_told_as_such() {
    let (mut phone, _server, mut page) = scene();
    let (leg, invite) = dial(&mut page, &mut phone, "ben");
    phone.answer(&invite, Status::BUSY_HERE);
    phone.request(&Method::Ack);
    let ended = page.expect("call.end");
    assert_eq!((&ended["id"], &ended["reason"]), (&leg["id"], &json!("busy")));
    page.call("ack.end", ended);
}

#[test]
fn a_page_gives_up() {
    let (mut phone, _server, mut page) = scene();
    let (leg, invite) = dial(&mut page, &mut phone, "ben");
    phone.answer(&invite, Status::RINGING);
    page.expect("call.ringing");
    page.call("end", with(&leg, "reason", "canceled".into()));
    page.expect("call.ack.end");
    let cancel = phone.request(&Method::Cancel);
    phone.answer(&cancel, Status::OK);
    phone.answer(&invite, Status::REQUEST_TERMINATED);
    phone.request(&Method::Ack);
}

#[test]
fn the_first_of_two_pages_that_accepts_has_the_call() {
    let (mut phone, server, mut page) = scene();
    let mut other = server.page("anna");
    let invite = phone.call();
    let (first, second) = (page.expect("call.start"), other.expect("call.start"));
    assert_eq!(first["gcid"], second["gcid"]);
    assert_ne!(first["id"], second["id"]);
    assert_eq!(first["peer"]["uri"], "sip:ben@b.example");
    page.call("ringing", leg_of(&first));
    phone.response(Status::RINGING);
    let sdp = answer(second["sdp"].as_str().unwrap());
    other.call("accept", with(&with(&leg_of(&second), "sdp", sdp.into()), "trickle", true.into()));
    let ended = page.expect("call.end");
    assert_eq!(ended["reason"], "answeredElsewhere");
    page.call("ack.end", ended);
    other.expect("call.ack.accept");
    let taken = phone.response(Status::OK);
    assert!(String::from_utf8_lossy(taken.body()).contains("m=audio"), "{taken:?}");
    phone.within(&invite, &taken, Method::Ack, 1);
    phone.within(&invite, &taken, Method::Bye, 2);
    phone.response(Status::OK);
    let ended = other.expect("call.end");
    assert_eq!(ended["reason"], "normal");
}

#[test]
fn a_page_declines() {
    let (mut phone, _server, mut page) = scene();
    let invite = phone.call();
    let start = page.expect("call.start");
    page.call("end", with(&leg_of(&start), "reason", "busy".into()));
    page.expect("call.ack.end");
    let refused = phone.response(Status::BUSY_HERE);
    phone.again(&invite, Method::Ack, Some(refused.headers.to().unwrap()));
}

#[test]
fn a_phone_gives_up() {
    let (mut phone, _server, mut page) = scene();
    let invite = phone.call();
    page.expect("call.start");
    phone.again(&invite, Method::Cancel, None);
    phone.response(Status::OK);
    let refused = phone.response(Status::REQUEST_TERMINATED);
    phone.again(&invite, Method::Ack, Some(refused.headers.to().unwrap()));
    let ended = page.expect("call.end");
    assert_eq!(ended["reason"], "canceled");
}

#[test]
fn a_late_page_rings_too() {
    let (phone, server, mut page) = scene();
    phone.call();
    let first = page.expect("call.start");
    let mut late = server.page("anna");
    let second = late.expect("call.start");
    assert_eq!(first["gcid"], second["gcid"]);
}

#[test]
fn a_reloaded_page_takes_its_call_over_without_a_word_to_the_phone() {
    let (mut phone, server, mut page) = scene();
    let (leg, _) = establish(&mut page, &mut phone);
    let mut again = server.page("anna");
    let (new, account) = (id(), again.account().0);
    again.call("start", json!({ "id": new, "gcid": leg["gcid"], "account": account, "replace": true, "trickle": true, "target": "ben", "sdp": offer() }));
    assert_eq!(page.expect("call.end")["reason"], "replaced");
    again.expect("call.alive");
    let accepted = again.expect("call.accept");
    assert_eq!(accepted["id"], json!(new));
    let leg = leg_of(&accepted);
    again.call("ack.accept", leg.clone());
    again.call("end", with(&leg, "reason", "normal".into()));
    again.expect("call.ack.end");
    // Nothing came in between.
    let bye = phone.request(&Method::Bye);
    assert_eq!(bye.headers.text(&name::CSEQ).as_deref(), Some("2 BYE"));
    phone.answer(&bye, Status::OK);
    while server.exchange.counters.calls.get() > 0 {
        std::thread::yield_now();
    }
    let records = server.directory.records.lock().unwrap();
    assert!(records.iter().all(|record| record.answered.is_some_and(|answered| record.started <= answered)));
}

#[test]
fn a_dead_call_ends_towards_the_page_and_the_phone() {
    let (mut phone, _server, mut page) = scene();
    let (leg, _) = establish(&mut page, &mut phone);
    let target = page.account().1;
    page.send(
        &json!({ "method": "call.dtmf", "to": target, "id": "panic in call", "body": with(&leg, "dtmf", "1".into()) }),
    );
    assert_eq!(page.expect("call.end")["reason"], "internalError");
    let bye = phone.request(&Method::Bye);
    phone.answer(&bye, Status::OK);
}

#[test]
fn what_may_not_be_called_is_told() {
    let (_phone, _server, mut page) = scene();
    for (target, code) in
        [("sip:b@h?Replaces=1", "invalidField"), ("0900 1", "forbidden"), ("ben@elsewhere.example", "forbidden")]
    {
        start(&mut page, target);
        page.refused(code);
    }
}
