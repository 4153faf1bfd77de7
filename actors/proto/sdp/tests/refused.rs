//! What is refused, and with which words; nothing is quoted and nothing panics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

use sdp::plain::{Session, Versions};
use sdp::{AddressPolicy, Candidate, CandidateAddress, CandidateKind, Description, Error, TcpType, Transport, limits};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n";

fn refusal(text: &str) -> String {
    Description::parse(text).unwrap_err().to_string()
}

#[test]
fn the_line_that_is_wrong_is_named() {
    assert_eq!(refusal(""), "line 1: v=0 expected");
    assert_eq!(refusal("v=1\r\n"), "line 1: v=0 expected");
    assert_eq!(refusal("v=0\r\n"), "line 2: o= with six fields expected");
    assert_eq!(refusal("v=0\r\no=- 1 1\r\n"), "line 2: o= with six fields expected");
    assert_eq!(refusal("v=0\r\ns=-\r\n"), "line 2: o= with six fields expected");
    for line in ["", "\r\n", "a", "=", "A=x", "ä=x", " a=x"] {
        assert_eq!(refusal(&format!("{HEAD}{line}\r\na=x\r\n")), "line 3: <letter>=<value> expected", "{line:?}");
    }
    for line in
        ["m=audio", "m=audio x RTP/AVP 0", "m=audio 70000 RTP/AVP 0", "m=audio 9 RTP/AVP", "m=audio -1 RTP/AVP 0"]
    {
        assert_eq!(refusal(&format!("{HEAD}{line}\r\n")), "line 3: m=<media> <port> <proto> <fmt> expected");
    }
}

#[test]
fn control_characters_do_not_pass() {
    for c in ['\0', '\r', '\u{7f}', '\u{85}', '\u{1b}'] {
        assert_eq!(refusal(&format!("{HEAD}a=x{c}y\r\n")), "line 3: no control characters expected", "{c:?}");
    }
}

#[test]
fn every_limit_holds() {
    assert_eq!(Description::parse(&"v".repeat(limits::BYTES + 1)), Err(Error::TooLarge));
    let lines = format!("{HEAD}{}", "a=x\n".repeat(limits::LINES - 2));
    assert!(Description::parse(&lines).is_ok());
    assert_eq!(Description::parse(&format!("{lines}a=x\n")), Err(Error::TooManyLines));
    let sections = format!("{HEAD}{}", "m=audio 9 RTP/AVP 0\r\n".repeat(limits::SECTIONS));
    assert!(Description::parse(&sections).is_ok());
    assert_eq!(Description::parse(&format!("{sections}m=audio 9 RTP/AVP 0")), Err(Error::TooManySections));
    let long = format!("{HEAD}a={}\r\n", "x".repeat(limits::LINE_BYTES));
    assert_eq!(refusal(&long), "line 3: a shorter line expected");
}

#[test]
fn candidates_are_read_with_their_transport() {
    let parse = |text| Candidate::parse(text).unwrap();
    let host = parse("candidate:1 1 UDP 2122260223 192.168.1.2 50000 typ host generation 0 ufrag x network-id 1");
    assert_eq!((host.transport, host.kind, host.port), (Transport::Udp, CandidateKind::Host, 50_000));
    let name = parse("a=candidate:a+/9 1 udp 1 0d1c2b3a-4f5e.local 50000 typ host");
    assert_eq!(name.address, CandidateAddress::Mdns("0d1c2b3a-4f5e.local"));
    let tcp = parse("candidate:1 2 tcp 1 2001:db8::1 9 typ relay raddr 10.0.0.1 rport 9 tcptype passive");
    assert_eq!((tcp.transport, tcp.component), (Transport::Tcp(TcpType::Passive), 2));
    assert_eq!(
        parse("candidate:1 1 udp 1 1.2.3.4 1 typ srflx raddr 0.0.0.0 rport 0").kind,
        CandidateKind::ServerReflexive
    );
}

#[test]
fn a_bad_candidate_names_its_field() {
    let cases = [
        ("", "candidate:"),
        ("candidate:", "a foundation of 1 to 32 ice-chars"),
        ("candidate:ä 1 udp 1 1.2.3.4 1 typ host", "a foundation of 1 to 32 ice-chars"),
        ("candidate:1 0 udp 1 1.2.3.4 1 typ host", "a component from 1 to 256"),
        ("candidate:1 1 sctp 1 1.2.3.4 1 typ host", "udp or tcp"),
        ("candidate:1 1 udp -1 1.2.3.4 1 typ host", "a priority"),
        ("candidate:1 1 udp 99999999999 1.2.3.4 1 typ host", "a priority"),
        ("candidate:1 1 udp 1 example.org 1 typ host", "an IP address or a name ending in .local"),
        ("candidate:1 1 udp 1 a.b.local 1 typ host", "an IP address or a name ending in .local"),
        ("candidate:1 1 udp 1 017700000001 1 typ host", "an IP address or a name ending in .local"),
        ("candidate:1 1 udp 1 1.2.3.4 65536 typ host", "a port"),
        ("candidate:1 1 udp 1 1.2.3.4 1", "typ"),
        ("candidate:1 1 udp 1 1.2.3.4 1 typ", "host, srflx, prflx or relay"),
        ("candidate:1 1 udp 1 1.2.3.4 1 typ hosts", "host, srflx, prflx or relay"),
        ("candidate:1 1 tcp 1 1.2.3.4 1 typ host tcptype", "tcptype active, passive or so"),
    ];
    for (text, expected) in cases {
        assert_eq!(Candidate::parse(text), Err(Error::Candidate { expected }), "{text}");
    }
    assert!(Candidate::parse(&format!("candidate:1 1 udp 1 1.2.3.4 1 typ host x {}", "y".repeat(1024))).is_err());
}

#[test]
fn the_policy_sees_through_every_form_of_an_address() {
    let strict = AddressPolicy::default();
    let refused = [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.1.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "febf::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "fd00:ec2::254",
    ];
    for address in refused {
        assert!(!strict.permits(address.parse().unwrap()), "{address}");
    }
    for address in ["10.0.0.1", "192.168.1.1", "172.16.0.1", "203.0.113.1", "fd00::1", "2001:db8::1", "::ffff:8.8.8.8"]
    {
        assert!(strict.permits(address.parse().unwrap()), "{address}");
    }
    let demo = AddressPolicy { loopback: true, link_local: true };
    for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.1.1", "fe80::1"] {
        assert!(demo.permits(address.parse().unwrap()), "{address}");
    }
    for address in ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.0", "::"] {
        assert!(!demo.permits(address.parse().unwrap()), "{address} even then");
    }
}

/// A seeded walk: any mutation of a real offer is read or refused, and what is read survives writing.
#[test]
fn no_mutation_panics_and_writing_is_stable() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/vectors/sdp/chrome-offer.in.sdp");
    let offer = std::fs::read(path).unwrap();
    let mut rng = fastrand::Rng::with_seed(8866);
    let mut read = 0;
    for _ in 0..3_000 {
        let mut bytes = offer.clone();
        for _ in 0..rng.usize(1..6) {
            let at = rng.usize(0..bytes.len());
            match rng.u8(0..4) {
                0 => bytes[at] = rng.u8(..),
                1 => bytes.truncate(at.max(1)),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, *rng.choice(b"\r\n =:m09a/").unwrap()),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(mut description) = Description::parse(&text) {
            description.restrict(&AddressPolicy::default());
            let written = description.to_string();
            assert_eq!(Description::parse(&written).unwrap(), description);
            read += 1;
        }
    }
    assert!(read > 300, "{read}");
}

#[test]
fn a_refused_line_keeps_its_name() {
    let offer =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=mid:a\r\nm=video 9 RTP/AVP 31\r\n";
    let refusal = Session::parse(offer).expect("an offer").refusal([192, 0, 2, 2].into());
    let written = Versions::new(1).write(&refusal);
    assert!(written.ends_with("m=audio 0 RTP/AVP 0\r\na=mid:a\r\nm=video 0 RTP/AVP 31\r\n"), "{written}");
}

#[test]
fn reports_go_nowhere_that_is_not_known() {
    let of = |lines: &str| {
        let text = format!("{HEAD}s=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n{lines}");
        Session::parse(&text).expect("an offer").media.first().and_then(|media| media.rtcp_address())
    };
    assert_eq!(of("").map(|address| address.to_string()).as_deref(), Some("192.0.2.1:4001"));
    assert_eq!(of("a=rtcp:4007\r\n").map(|address| address.to_string()).as_deref(), Some("192.0.2.1:4007"));
    for unknown in ["a=rtcp:0\r\n", "a=rtcp:9 IN IP4 0.0.0.0\r\n", "a=rtcp:9 IN IP6 ::\r\n"] {
        assert_eq!(of(unknown), None, "{unknown}");
    }
}

#[test]
fn what_is_read_as_a_candidate_is_what_the_policy_sees() {
    let line = "candidate:1 1 udp 1 127.0.0.1 9 typ host";
    let text = format!("{HEAD}m=audio 9 RTP/AVP 0\r\na={line}\r\na=a={line}\r\n");
    let mut description = Description::parse(&text).unwrap();
    assert_eq!((description.candidates().count(), description.media().next().unwrap().candidates().count()), (1, 1));
    assert_eq!(description.restrict(&AddressPolicy::default()), 1);
    assert_eq!(description.candidates().count(), 0);
}
