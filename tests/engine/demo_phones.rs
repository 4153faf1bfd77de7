//! The demo's users and phones of the same machine.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use serde_json::json;

use crate::calls::OFFER;
use crate::page::{Page, id};
use crate::server::Server;

/// The demo's user anna, whose only account that counts is that of phones.
struct Anna {
    page: Page,
    account: String,
    target: String,
}

impl Anna {
    fn sign_in(server: &Server) -> Anna {
        let mut page = Page::open(server.address, &server.token("anna"));
        let accounts = page.validated["accounts"].as_object().expect("accounts");
        let (id, account) = accounts.iter().find(|(_, a)| a["network"]["connector"] == "sip-connector").expect("one");
        let target = account["target"].as_str().expect("a target").to_owned();
        assert_eq!(account["identifier"], format!("sip:anna@{}", server.sip()));
        let (account, body) = (id.clone(), json!({ "id": id }));
        page.send(&json!({ "method": "account.connect", "to": target, "session": page.token, "body": body }));
        while page.expect("account.state")["state"] != "connected" {}
        Anna { page, account, target }
    }

    fn calls(&mut self, target: &str) {
        let body = json!({
            "id": id(), "gcid": id(), "account": self.account, "replace": false, "trickle": true,
            "target": target, "sdp": OFFER,
        });
        let frame = json!({ "method": "call.start", "to": self.target, "session": self.page.token, "body": body });
        self.page.send(&frame);
    }
}

/// A phone invites anna.
fn invite(phone: &UdpSocket, engine: SocketAddr) {
    let from = phone.local_addr().expect("its address");
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n";
    let invite = format!(
        "INVITE sip:anna@{engine} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKa;rport\r\nMax-Forwards: 70\r\n\
         From: <sip:bob@{from}>;tag=1\r\nTo: <sip:anna@{engine}>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:bob@{from}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    phone.send_to(invite.as_bytes(), engine).expect("sent");
}

#[test]
fn a_phone_of_this_machine_rings_a_user_of_the_demo() {
    let server = Server::with("[sip]\nlisten = ['udp:127.0.0.1:0']\n");
    let mut anna = Anna::sign_in(&server);
    let phone = UdpSocket::bind("127.0.0.1:0").expect("a port");
    invite(&phone, server.sip());
    let start = anna.page.expect("call.start");
    let from = format!("sip:bob@{}", phone.local_addr().expect("its address"));
    assert_eq!(start["peer"]["uri"], from, "what the page dials back");
}

#[test]
fn a_user_of_the_demo_calls_phones_of_this_machine_only() {
    let server = Server::with("[sip]\nlisten = ['udp:127.0.0.1:0']\n");
    let mut anna = Anna::sign_in(&server);
    for target in [
        "sip:x@127.0.0.1.evil.example",
        "sip:x@127.0.0.1.evil.example:5060",
        "sip:x%40127.0.0.1@evil.example",
        "sip:x%40127.0.0.1%3A@evil.example",
        "sip:x%40127.0.0.1%3A@evil.example:5060",
        "sip:x@localhost.evil.example",
        "sip:x@evil.example;maddr=127.0.0.1",
        "sip:x@192.0.2.1",
        "x@evil.example",
    ] {
        anna.calls(target);
        anna.page.refused("forbidden");
    }
    let phone = UdpSocket::bind("127.0.0.1:0").expect("a port");
    phone.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let called = format!("sip:bob@{}", phone.local_addr().expect("its address"));
    anna.calls(&called);
    let mut request = [0; 4096];
    let length = phone.recv(&mut request).expect("a call");
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    assert!(request.starts_with(&format!("INVITE {called} SIP/2.0\r\n")), "{request}");
    assert!(request.contains(&format!("sip:anna@{}", server.sip())), "what the phone dials back: {request}");
}
