//! RFC 5118, section by section.

use sip::message::{Host, Message};

use crate::Want::{self, Read, Refuse};

pub fn table() -> Vec<(&'static str, Want)> {
    vec![
        ("ipv6-good", Read(|m| assert_eq!(target(m), ("[2001:db8::10]".to_owned(), None)))),
        // Without brackets nobody can tell the port.
        ("ipv6-bad", Refuse(400)),
        ("port-ambiguous", Read(|m| assert_eq!(target(m), ("[2001:db8::10:5070]".to_owned(), None)))),
        ("port-unambiguous", Read(|m| assert_eq!(target(m), ("[2001:db8::10]".to_owned(), Some(5070))))),
        ("via-received-param-with-delim", Read(received)),
        ("via-received-param-no-delim", Read(received)),
        ("ipv6-in-sdp", Read(|m| assert!(m.body().starts_with(b"v=0\r\no=assistant")))),
        ("mult-ip-in-header", Read(|m| assert_eq!(hosts(m), ["[2001:db8::9:1]", "192.0.2.1", "[2001:db8::9:255]"]))),
        ("mult-ip-in-sdp", Read(|m| assert!(m.body().ends_with(b"H263-1998/90000\r\n")))),
        ("ipv4-mapped-ipv6", Read(|m| assert_eq!(hosts(m), ["[::ffff:192.0.2.10]", "[::ffff:192.0.2.2]"]))),
        ("ipv6-bug-abnf-3-colons", Read(colons)),
        ("ipv6-correct-abnf-2-colons", Read(colons)),
    ]
}

fn target(message: &Message) -> (String, Option<u16>) {
    let Message::Request(request) = message else { panic!("a request") };
    let uri = request.uri().as_sip().unwrap();
    (uri.host.to_string(), uri.port)
}

fn received(message: &Message) {
    assert_eq!(message.headers().via().unwrap().received(), Some("2001:db8::9:255".parse().unwrap()));
}

fn hosts(message: &Message) -> Vec<String> {
    message.headers().vias().unwrap().iter().map(|via| via.host.to_string()).collect()
}

fn colons(message: &Message) {
    assert_eq!(Host::parse(&target(message).0), Host::parse("[2001:db8::192.0.2.1]"));
}
