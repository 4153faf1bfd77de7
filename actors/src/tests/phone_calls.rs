//! Calls between a page and a phone that run, and what befalls them.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::Ordering;

use serde_json::json;
use sip::message::{Method, Status, name};

use super::page::Page;
use super::phone::{Phone, SDP};
use super::phones::{leg_of, start, with};
use super::scene::{dial, establish, registered, scene};
use super::server::{Means, Server};

#[test]
fn a_challenged_call_is_made_with_credentials() {
    let (mut phone, _server, mut page) = scene();
    let (_, invite) = dial(&mut page, &mut phone, "ben");
    phone.challenge(&invite);
    phone.request(&Method::Ack);
    let again = phone.request(&Method::Invite);
    assert!(again.headers.text(&name::PROXY_AUTHORIZATION).is_some_and(|said| said.contains("username=\"anna\"")));
    assert_eq!(again.headers.call_id().unwrap(), invite.headers.call_id().unwrap());
    phone.answer(&again, Status::DECLINE);
    phone.request(&Method::Ack);
    assert_eq!(page.expect("call.end")["reason"], "declined");
}

#[test]
fn a_phone_holds_presses_a_key_and_hangs_up() {
    let (mut phone, _server, mut page) = scene();
    let (leg, invite) = establish(&mut page, &mut phone);
    let held = SDP.replace("o=- 1 1", "o=- 1 2").replace("sendrecv", "sendonly");
    phone.back(&invite, Method::Invite, 1, Some(("application/sdp", &held)));
    let answer = phone.response(Status::OK);
    assert!(String::from_utf8_lossy(answer.body()).contains("a=recvonly"), "{answer:?}");
    phone.back(&invite, Method::Ack, 1, None);
    assert_eq!(page.expect("call.info")["held"], true);
    phone.back(&invite, Method::Info, 2, Some(("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n")));
    phone.response(Status::OK);
    assert_eq!(page.expect("call.dtmf")["dtmf"], "5");
    phone.back(&invite, Method::Bye, 3, None);
    phone.response(Status::OK);
    let ended = page.expect("call.end");
    assert_eq!((&ended["id"], &ended["reason"]), (&leg["id"], &json!("normal")));
}

#[test]
fn two_phones_are_joined() {
    let (mut phone, _server, mut page) = scene();
    let (first, _) = establish(&mut page, &mut phone);
    let (second, other) = establish(&mut page, &mut phone);
    page.call("transfer", with(&first, "replaces", second["id"].clone()));
    let refer = phone.request(&Method::Refer);
    let refer_to = refer.headers.text(&name::REFER_TO).unwrap().into_owned();
    let call_id = other.headers.call_id().unwrap();
    assert!(refer_to.contains("Replaces=") && refer_to.contains(&call_id), "{refer_to} {call_id}");
}

#[test]
fn a_call_that_is_not_there_cannot_be_joined() {
    let (mut phone, _server, mut page) = scene();
    let (first, _) = establish(&mut page, &mut phone);
    page.call("transfer", with(&first, "replaces", super::page::id().into()));
    assert_eq!(page.expect("call.transfer.state")["state"], "failed");
}

#[test]
fn a_session_that_ends_hangs_up() {
    let (mut phone, server, mut page) = scene();
    establish(&mut page, &mut phone);
    server.exchange.end_sessions();
    let bye = phone.request(&Method::Bye);
    phone.answer(&bye, Status::OK);
    assert_eq!(page.expect("call.end")["reason"], "unavailable");
}

#[test]
fn a_dead_account_is_rebuilt_and_its_calls_and_new_ones_reach_it() {
    let (mut phone, server, mut page) = scene();
    let (leg, invite) = establish(&mut page, &mut phone);
    let target = page.account().1;
    page.send(&json!({ "method": "account.connect", "to": target, "id": "panic in account", "body": {} }));
    while server.exchange.counters.actors_rebuilt.get() < 1 {
        std::thread::yield_now();
    }
    page.connect();
    phone.back(&invite, Method::Bye, 1, None);
    phone.response(Status::OK);
    let ended = page.expect("call.end");
    assert_eq!(ended["id"], leg["id"]);
    page.call("ack.end", ended);
    phone.call();
    assert_eq!(page.expect("call.start")["peer"]["name"], "Ben");
}

#[test]
fn an_engine_about_to_end_takes_no_call() {
    let (mut phone, server, mut page) = scene();
    server.exchange.draining.store(true, Ordering::Relaxed);
    let leg = start(&mut page, "ben");
    let ended = page.expect("call.end");
    assert_eq!((&ended["id"], &ended["reason"]), (&leg["id"], &json!("unavailable")));
    phone.call();
    phone.response(Status::SERVICE_UNAVAILABLE);
}

#[test]
fn an_account_that_nobody_connected_makes_no_call() {
    let phone = Phone::new();
    let server = Server::with_phone(phone.address());
    let mut page = Page::open(server.address, "anna");
    start(&mut page, "ben");
    page.refused("wrongState");
}

#[test]
fn an_account_that_its_registrar_does_not_know_yet_makes_no_call() {
    let mut phone = Phone::new();
    let server = Server::with_phone(phone.address());
    let mut page = Page::open(server.address, "anna");
    let (id, target) = page.account();
    page.send(&json!({ "method": "account.connect", "to": target, "session": page.token, "body": { "id": id } }));
    phone.registering();
    for _ in ["by the account", "by the upstream"] {
        assert_eq!(page.expect("account.state")["state"], "connecting");
    }
    start(&mut page, "ben");
    let refused = page.refused("wrongState");
    assert!(refused["message"].as_str().unwrap().ends_with("this one is connecting"), "{refused}");
    phone.registered();
    while page.expect("account.state")["state"] != "connected" {}
    dial(&mut page, &mut phone, "ben");
}

#[test]
fn a_call_without_a_free_rtp_port_is_one_too_many() {
    let mut phone = Phone::new();
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let means = Means { rtp_ports: Some((port & !1, port | 1)), ..Means::default() };
    let server = Server::with_means(phone.address(), &json!({}), means);
    let mut page = registered(&server, &mut phone, "anna");
    start(&mut page, "ben");
    page.expect("call.alive");
    let ended = page.expect("call.end");
    assert_eq!((&ended["reason"], &ended["detail"]), (&json!("limitExceeded"), &json!("no RTP port is free")));
    page.call("ack.end", ended);
    phone.call();
    phone.response(Status::SERVICE_UNAVAILABLE);
}

#[test]
fn an_accept_without_an_answer_ends_the_call() {
    let (mut phone, _server, mut page) = scene();
    phone.call();
    let offered = page.expect("call.start");
    page.call("accept", leg_of(&offered));
    assert_eq!(page.expect("call.end")["reason"], "notAcceptable");
    page.refused("invalidField");
    phone.response(Status::NOT_ACCEPTABLE_HERE);
}

#[test]
fn a_phone_names_its_own_call_and_no_other() {
    let (phone, server, mut page) = scene();
    let named = [(name::Name::parse("X-RTC-Gcid").unwrap(), "call-7".to_owned())];
    let gcids = [(); 2].map(|()| {
        phone.invite(phone.binding(), &named);
        page.expect("call.start")["gcid"].as_str().unwrap().to_owned()
    });
    assert!(gcids[0] == "call-7" && gcids[1] != "call-7", "{gcids:?}");
    let trace = |gcid: &str| server.exchange.trace.tell(&signal::Gcid::parse(gcid).unwrap()).unwrap().events.len();
    assert_eq!(trace(&gcids[0]), trace(&gcids[1]), "each has its own");
}

#[test]
fn no_phone_has_us_knock_where_sip_is_not_sent() {
    let (mut phone, server, mut page) = scene();
    let door = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    door.set_nonblocking(true).unwrap();
    let (leg, invite) = dial(&mut page, &mut phone, "ben");
    let before = server.exchange.counters.sip_sent.get();
    // To the kernel this is the machine itself.
    let contact = format!("sip:phone@0.0.0.0:{};transport=tcp", door.local_addr().unwrap().port());
    phone.answer_at(&invite, Status::OK, SDP, &contact);
    page.expect("call.accept");
    page.call("ack.accept", leg.clone());
    page.call("end", with(&leg, "reason", "normal".into()));
    page.expect("call.ack.end");
    assert_eq!(server.exchange.counters.sip_sent.get(), before, "no ACK, no BYE");
    assert_eq!(door.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
