//! Bytes nobody should send: every message of the documents, broken at random from one seed, through the reader, every
//! typed header, the stream and the endpoint. Nothing panics, nothing amplifies, nothing grows.

use std::time::{Duration, Instant};

use sip::admission::Capabilities;
use sip::endpoint::{Endpoint, Output};
use sip::message::{Headers, Incoming, Message, Method, StreamParser, description, name, parse_datagram};
use sip::refer::{Progress, Referral};
use sip::transport::{Flow, Hop, Protocol};

fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for document in ["rfc4475", "rfc5118"] {
        let folder: std::path::PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../../tests/vectors/sip", document].iter().collect();
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        all.extend(files.iter().map(|file| std::fs::read(file).unwrap()));
    }
    assert_eq!(all.len(), 61);
    all
}

fn broken(rng: &mut fastrand::Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = rng.choice(seeds).unwrap().clone();
    for _ in 0..rng.usize(1..8) {
        let at = rng.usize(..bytes.len().max(2) - 1);
        match rng.u8(..6) {
            0 => bytes[at] = rng.u8(..),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, *rng.choice(b"\r\n\t ,;:<>\"\\@%=[]()0\xff\0").unwrap()),
            3 => bytes.truncate(at.max(8)),
            4 => bytes.extend_from_within(at..),
            _ => {
                let other = rng.choice(seeds).unwrap();
                bytes.splice(at.., other[rng.usize(..other.len())..].iter().copied());
            }
        }
    }
    bytes
}

/// Every reader; how many could read.
fn read_all(headers: &Headers) -> usize {
    let addresses =
        [name::ROUTE, name::RECORD_ROUTE, name::PATH, name::SERVICE_ROUTE].map(|name| headers.addresses(name).is_ok());
    let tokens = [name::REQUIRE, name::SUPPORTED, name::UNSUPPORTED].map(|name| headers.tokens(name).is_ok());
    let challenges = [name::WWW_AUTHENTICATE, name::AUTHORIZATION].map(|name| headers.challenges(name).is_ok());
    let core = [
        headers.vias().is_ok(),
        headers.from().is_ok(),
        headers.cseq().is_ok(),
        headers.contacts().is_ok(),
        headers.content_type().is_ok(),
        headers.accept().is_ok(),
        headers.allow().is_ok(),
        headers.expires().is_ok(),
        headers.retry_after().is_ok(),
        headers.warnings().is_ok(),
    ];
    let extensions = [
        headers.rseq().is_ok(),
        headers.rack().is_ok(),
        headers.session_expires().is_ok(),
        headers.min_se().is_ok(),
        headers.refer_to().is_ok(),
        headers.replaces().is_ok(),
        headers.reasons().is_ok(),
        headers.asserted_identities().is_ok(),
        headers.privacy().is_ok(),
        headers.diversions().is_ok(),
        headers.event().is_ok(),
        headers.subscription_state().is_ok(),
    ];
    let all = addresses.iter().chain(&tokens).chain(&challenges).chain(&core).chain(&extensions);
    all.filter(|ok| **ok).count()
}

#[test]
fn broken_messages_are_read_or_refused() {
    let (mut rng, seeds) = (fastrand::Rng::with_seed(11), seeds());
    let (mut messages, mut refused) = (0, 0);
    for _ in 0..40_000 {
        match parse_datagram(&broken(&mut rng, &seeds)) {
            Ok(Incoming::Message(message)) => {
                messages += 1;
                assert!(read_all(message.headers()) > 5);
                description(message.headers(), message.body());
                if let Message::Request(request) = &*message {
                    let _ = (Referral::of_request(request), Progress::of_notify(request));
                    assert!(request.uri().is_equivalent(request.uri()) || request.uri().to_string().contains('%'));
                }
                assert!(matches!(parse_datagram(&message.to_bytes()), Ok(Incoming::Message(_))));
            }
            Ok(Incoming::Ping | Incoming::Pong) => {}
            Err(_) => refused += 1,
        }
    }
    assert!(messages > 3_000 && refused > 3_000, "{messages} {refused}");
}

#[test]
fn a_broken_stream_never_holds_more_than_one_message() {
    let (mut rng, seeds) = (fastrand::Rng::with_seed(12), seeds());
    let (mut parser, mut broken_off) = (StreamParser::new(), 0);
    for _ in 0..20_000 {
        for piece in broken(&mut rng, &seeds).chunks(97) {
            parser.push(piece);
            while parser.poll().is_some() {}
            assert!(parser.pending() <= sip::message::limits::MESSAGE_BYTES);
        }
        if parser.is_broken() {
            (parser, broken_off) = (StreamParser::new(), broken_off + 1);
        }
    }
    assert!(broken_off > 100, "{broken_off}");
}

#[test]
fn a_flood_is_answered_with_little_and_forgotten() {
    let (mut rng, seeds) = (fastrand::Rng::with_seed(13), seeds());
    let capabilities = Capabilities { methods: vec![Method::Options], extensions: vec![], bodies: vec![] };
    let (mut endpoint, mut now) = (Endpoint::new(capabilities, 64), Instant::now());
    let source = Hop { protocol: Protocol::Udp, address: ([192, 0, 2, 66], 5060).into(), flow: Flow::default() };
    for _ in 0..20_000 {
        let bytes = broken(&mut rng, &seeds);
        now += Duration::from_millis(20);
        endpoint.wake(now);
        while endpoint.poll().is_some() {}
        endpoint.receive_datagram(now, &bytes, source);
        let mut sent = 0;
        while let Some(output) = endpoint.poll() {
            match output {
                Output::Send { bytes, hop, .. } => {
                    sent += bytes.len();
                    assert_eq!(hop.address.ip(), source.address.ip(), "answers go to who asked");
                }
                Output::Event(sip::endpoint::Event::Request { key, request, .. }) => {
                    let ok = request.response(sip::message::Status::OK, Some("t"));
                    endpoint.respond(now, &key, &ok);
                }
                Output::Event(_) => {}
            }
        }
        assert!(sent <= bytes.len() + 700, "{sent} for {}", bytes.len());
        assert!(endpoint.transactions() <= 64);
    }
    endpoint.wake(now + Duration::from_secs(64));
    assert_eq!(endpoint.transactions(), 0);
}
