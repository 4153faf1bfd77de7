//! A datagram from anyone: it is read or refused, what is read is written and read back the same, and an endpoint that
//! gets it answers little, to where it came from, and forgets it.

use std::time::{Duration, Instant};

use sip::admission::Capabilities;
use sip::endpoint::{Endpoint, Event, Output};
use sip::message::{Incoming, MediaType, Message, Method, Status, name, parse_datagram};
use sip::transport::{Flow, Hop, Protocol};

/// Panics on a finding.
pub fn check(bytes: &[u8]) {
    if let Ok(Incoming::Message(message)) = parse_datagram(bytes) {
        crate::sip_headers::read(&message);
        let written = message.to_bytes();
        let again = match parse_datagram(&written) {
            Ok(Incoming::Message(again)) => again,
            // A header more, or the bytes that are no UTF-8, bring one at a limit over it.
            Err(refused) if refused.error.status() == Status::MESSAGE_TOO_LARGE => return receive(bytes),
            other => panic!("what is written can be read: {other:?}"),
        };
        let without_length = |message: &Message| {
            let mut headers = message.headers().clone();
            headers.remove(&name::CONTENT_LENGTH);
            headers
        };
        // A message that came without Content-Length may get one.
        assert_eq!((without_length(&again), again.body()), (without_length(&message), message.body()));
        assert_eq!(again.to_bytes(), written);
    }
    receive(bytes);
}

fn receive(bytes: &[u8]) {
    let methods =
        ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "MESSAGE", "NOTIFY", "REFER", "UPDATE", "PRACK", "INFO"];
    let methods = methods.iter().filter_map(|method| Method::parse(method)).collect();
    let capabilities = Capabilities { methods, extensions: vec!["100rel", "timer"], bodies: vec![MediaType::sdp()] };
    let (mut endpoint, mut now) = (Endpoint::new(capabilities, 16), Instant::now());
    let source = Hop { protocol: Protocol::Udp, address: ([192, 0, 2, 66], 5060).into(), flow: Flow::default() };
    endpoint.receive_datagram(now, bytes, source);
    let sent = drain(&mut endpoint, now, source);
    // Bytes that are no UTF-8 take three when a tag is added to To.
    assert!(sent <= 3 * bytes.len() + 700, "{sent} for {}", bytes.len());
    for _ in 0..200 {
        let Some(wake) = endpoint.next_wake() else { break };
        now = now.max(wake);
        endpoint.wake(now);
        drain(&mut endpoint, now, source);
    }
    endpoint.wake(now + Duration::from_secs(64));
    assert_eq!(endpoint.transactions(), 0, "nothing is kept");
}

/// How many bytes are sent.
fn drain(endpoint: &mut Endpoint, now: Instant, source: Hop) -> usize {
    let mut sent = 0;
    while let Some(output) = endpoint.poll() {
        match output {
            Output::Send { bytes, hop, .. } => {
                assert_eq!(hop.address.ip(), source.address.ip(), "answers go to who asked");
                sent += bytes.len();
            }
            Output::Event(Event::Request { key, request, .. } | Event::Cancel { key, request, .. }) => {
                endpoint.respond(now, &key, &request.response(Status::OK, Some("t")));
            }
            Output::Event(
                Event::Ack(_) | Event::Response { .. } | Event::NoResponse { .. } | Event::ResponseLost(_),
            ) => {}
        }
    }
    sent
}
