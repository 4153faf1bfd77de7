use super::*;
use crate::message::MediaType;
use crate::transaction::samples::{request, start_line};
use crate::transport::{Flow, Protocol};

fn endpoint() -> Endpoint {
    let methods = vec![Method::Invite, Method::Ack, Method::Cancel, Method::Options];
    Endpoint::new(Capabilities { methods, extensions: vec![], bodies: vec![MediaType::sdp()] }, 8)
}

fn source() -> Hop {
    Hop { protocol: Protocol::Udp, address: ([192, 0, 2, 1], 1024).into(), flow: Flow::default() }
}

fn take(endpoint: &mut Endpoint) -> Vec<String> {
    std::iter::from_fn(|| endpoint.poll())
        .map(|output| match output {
            Output::Send { hop, bytes, .. } => format!("{} to {}", start_line(&bytes), hop.address),
            Output::Event(Event::Request { request, .. }) => format!("asked {}", request.method()),
            Output::Event(Event::Cancel { .. }) => "asked to cancel".into(),
            Output::Event(Event::Ack(_)) => "acknowledged".into(),
            Output::Event(Event::Response { response, .. }) => format!("answered {}", response.status()),
            Output::Event(Event::NoResponse { status, .. }) => format!("no response {status}"),
            Output::Event(Event::ResponseLost(_)) => "response lost".into(),
        })
        .collect()
}

fn receive(endpoint: &mut Endpoint, bytes: &[u8]) -> Vec<String> {
    endpoint.receive_datagram(Instant::now(), bytes, source());
    take(endpoint)
}

#[test]
fn what_needs_no_user_is_answered_here() {
    let mut endpoint = endpoint();
    let bytes = |method: &str| request(method).to_bytes();
    assert_eq!(receive(&mut endpoint, b"\r\n\r\n"), [" to 192.0.2.1:1024"]);
    assert!(receive(&mut endpoint, b"\r\n").is_empty() && receive(&mut endpoint, b"rubbish").is_empty());
    assert_eq!(receive(&mut endpoint, &bytes("BYE")), ["SIP/2.0 405 Method Not Allowed to 192.0.2.1:1024"]);
    assert!(receive(&mut endpoint, &bytes("CANCEL"))[0].starts_with("SIP/2.0 481"));
    let broken = String::from_utf8(bytes("OPTIONS")).unwrap().replace("CSeq: 1", "CSeq: x");
    assert!(receive(&mut endpoint, broken.as_bytes())[0].starts_with("SIP/2.0 400 CSeq:"));
    assert_eq!(receive(&mut endpoint, &bytes("OPTIONS")), ["asked OPTIONS"]);
    assert_eq!(receive(&mut endpoint, &bytes("INVITE")), ["asked INVITE"]);
    let cancel = transaction::cancel(&request("INVITE")).to_bytes();
    assert!(receive(&mut self::endpoint(), &cancel)[0].starts_with("SIP/2.0 481"));
}

#[test]
fn a_cancel_of_a_known_invite_reaches_its_user() {
    let mut endpoint = endpoint();
    receive(&mut endpoint, &request("INVITE").to_bytes());
    assert_eq!(receive(&mut endpoint, &transaction::cancel(&request("INVITE")).to_bytes()), ["asked to cancel"]);
}

#[test]
fn what_goes_out_has_our_via_and_what_fails_is_told() {
    let (mut endpoint, now) = (endpoint(), Instant::now());
    let sent_by = SentBy { host: Host::parse("198.51.100.1").unwrap(), port: Some(5070) };
    let key = endpoint.send(now, request("OPTIONS"), source(), &sent_by, "abc").unwrap();
    let Some(Output::Send { bytes, .. }) = endpoint.poll() else { panic!("a request") };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("\r\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKabc;rport\r\n"), "{text}");
    assert_eq!(text.matches("Via:").count(), 1);
    assert!(!endpoint.cancel(now, &key));
    endpoint.transport_failed(now, &Id::Client(key));
    assert_eq!((take(&mut endpoint), endpoint.transactions()), (vec!["no response 503".to_owned()], 0));
    endpoint.send(now, request("OPTIONS"), source(), &sent_by, "abd").unwrap();
    while let Some(at) = endpoint.next_wake() {
        endpoint.wake(at);
    }
    assert_eq!(take(&mut endpoint).last().map(String::as_str), Some("no response 408"));
}
