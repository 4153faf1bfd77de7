use super::*;

const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h.example.com;branch=z9hG4bKx\r\nf: <sip:a@example.com>;tag=1\r\n\
    t:\t<sip:bob@example.com>\r\ni: 1@h\r\nCSeq: 1 INVITE\r\nSubject : folded\r\n  text\r\nX-Odd:;;,\r\nl: 4\r\n\r\na\r\nb";

fn message(bytes: &[u8]) -> Message {
    match parse_datagram(bytes) {
        Ok(Incoming::Message(message)) => *message,
        other => panic!("{other:?}"),
    }
}

fn refused(text: &str) -> Refused {
    parse_datagram(text.as_bytes()).expect_err("a message to refuse")
}

#[test]
fn what_is_not_changed_is_written_byte_for_byte() {
    assert_eq!(String::from_utf8(message(INVITE.as_bytes()).to_bytes()).unwrap(), INVITE);
}

#[test]
fn lines_are_unfolded_and_names_expanded() {
    let read = message(INVITE.as_bytes());
    assert_eq!(read.headers().text(&name::SUBJECT).as_deref(), Some("folded text"));
    assert_eq!((read.headers().call_id().unwrap().as_str(), read.body()), ("1@h", &b"a\r\nb"[..]));
}

#[test]
fn a_bare_lf_is_read_and_written_as_crlf_while_the_body_stays() {
    let (head, body) = INVITE.split_once("\r\n\r\n").unwrap();
    let text = head.replace("\r\n", "\n") + "\n\n" + body;
    let written = String::from_utf8(message(text.as_bytes()).to_bytes()).unwrap();
    assert!(
        written.starts_with(
            "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h.example.com;branch=z9hG4bKx\r\nFrom: "
        )
    );
    assert!(written.contains("Subject: folded text\r\n") && written.ends_with("\r\n\r\na\r\nb"));
}

#[test]
fn a_bare_cr_is_refused() {
    assert_eq!(refused(&INVITE.replace("\r\n  text", "\r  text")).error, Error::HeaderLine(6));
}

#[test]
fn empty_lines_are_keep_alives_or_come_before_a_message() {
    assert!(matches!(parse_datagram(b"\r\n\r\n"), Ok(Incoming::Ping)));
    assert!(matches!(parse_datagram(b"\r\n"), Ok(Incoming::Pong)));
    assert!(matches!(parse_datagram(b""), Ok(Incoming::Pong)));
    assert_eq!(message(format!("\r\n\r\n{INVITE}").as_bytes()).body(), b"a\r\nb");
}

#[test]
fn the_answer_copies_what_it_needs_and_has_a_tag_that_repeats() {
    let text = INVITE.replace("CSeq: 1 INVITE", "CSeq: 1 OPTIONS");
    let (one, two) = (refused(&text), refused(&text));
    assert_eq!(one.error, Error::MethodMismatch);
    let (one, two) = (one.reply.unwrap(), two.reply.unwrap());
    assert_eq!(one.to_bytes(), two.to_bytes());
    assert_eq!((one.status(), one.headers.call_id().unwrap().as_str()), (Status::BAD_REQUEST, "1@h"));
    assert!(one.headers.to().unwrap().tag().is_some() && one.headers.cseq().is_ok() && one.headers.via().is_ok());
}

#[test]
fn nothing_is_answered_without_a_way_back() {
    for text in [
        INVITE.replace("INVITE", "ACK").replace("t:", "x:"),
        INVITE.replace("Via:", "Vya:"),
        "hello\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n\r\n".to_owned(),
        INVITE.replace("INVITE sip:bob@example.com SIP/2.0", "SIP/2.0 99 Low"),
        INVITE.replace("INVITE sip:bob@example.com SIP/2.0", "SIP/3.0 200 OK"),
    ] {
        assert!(refused(&text).reply.is_none(), "{text}");
    }
}

#[test]
fn limits_hold() {
    let many = "X: y\r\n".repeat(limits::HEADERS);
    assert_eq!(refused(&INVITE.replace("X-Odd", &format!("{many}X-Odd"))).error, Error::TooManyHeaders);
    let long = format!("X-Odd{}", "y".repeat(limits::HEADER_BYTES));
    assert_eq!(refused(&INVITE.replace("X-Odd", &long)).error, Error::HeaderTooLarge);
    assert_eq!(refused(&(INVITE.to_owned() + &" ".repeat(limits::MESSAGE_BYTES))).error, Error::TooLarge);
    assert_eq!(refused(INVITE.split_once("\r\n\r\n").unwrap().0).error, Error::NoEnd);
}

#[test]
fn a_changed_message_is_written_with_the_right_length() {
    let Message::Request(mut request) = message(INVITE.as_bytes()) else { panic!("a request") };
    request.set_body(&super::super::value::MediaType::parse("application/sdp").unwrap(), b"\x00\xff\r\n\n".to_vec());
    let again = message(&request.to_bytes());
    assert_eq!(again.body(), b"\x00\xff\r\n\n");
    assert_eq!(again.headers().content_length(), Ok(Some(5)));
}

/// rsip reads less than we do; where it reads, both must read the same.
#[test]
fn rsip_reads_the_same() {
    let text = INVITE
        .replace("Subject : folded\r\n  text\r\n", "")
        .replace("f:", "From:")
        .replace("t:\t", "To: ")
        .replace("i:", "Call-ID:");
    use rsip::prelude::{HeadersExt, ToTypedHeader, UntypedHeader};
    let theirs = rsip::Request::try_from(text.as_bytes()).unwrap();
    let ours = message(text.as_bytes());
    assert_eq!(theirs.call_id_header().unwrap().value(), ours.headers().call_id().unwrap());
    assert_eq!(theirs.cseq_header().unwrap().typed().unwrap().seq, ours.headers().cseq().unwrap().number);
    assert_eq!(
        theirs.from_header().unwrap().tag().unwrap().unwrap().to_string(),
        ours.headers().from().unwrap().tag().unwrap()
    );
    assert_eq!(
        theirs.via_header().unwrap().typed().unwrap().branch().unwrap().to_string(),
        ours.headers().via().unwrap().branch().unwrap()
    );
}

/// Every byte changed in turn, every prefix, and a seeded mix: an answer or a message, never a panic,
/// and what is accepted is accepted again as written.
#[test]
fn broken_bytes_never_panic_and_what_is_read_is_written_readable() {
    let mut rng = fastrand::Rng::with_seed(7);
    for round in 0..20_000 {
        let mut bytes = INVITE.as_bytes().to_vec();
        for _ in 0..rng.usize(1..6) {
            if bytes.len() < 2 {
                break;
            }
            let at = rng.usize(..bytes.len());
            match rng.u8(..4) {
                0 => bytes[at] = rng.u8(..),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, *rng.choice(b"\r\n ,;:<>\"@%=[]").unwrap()),
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Ok(Incoming::Message(read)) = parse_datagram(&bytes) {
            let written = read.to_bytes();
            assert!(
                matches!(parse_datagram(&written), Ok(Incoming::Message(_))),
                "{round}: {:?}",
                String::from_utf8_lossy(&written)
            );
        }
    }
}

/// A message over each limit, and the answer to it.
#[test]
fn every_limit_has_its_answer() {
    let with = |uri: &str, line: String, body: usize| {
        let head = format!(
            "OPTIONS {uri} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
             Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n{line}Content-Length: {body}\r\n\r\n"
        );
        let bytes = [head.as_bytes(), &vec![b'x'; body]].concat();
        parse_datagram(&bytes).err().and_then(|refused| refused.reply).map(|reply| reply.status().code())
    };
    let uri = |bytes: usize| format!("sip:{}@h", "a".repeat(bytes - 6));
    let params = |count: usize| (0..count).map(|at| format!(";p{at}")).collect::<String>();
    let contacts = |count: usize| format!("Contact: {}\r\n", vec!["<sip:a@h>"; count].join(","));
    let none = String::new;
    assert_eq!(with("sip:b@h", none(), limits::BODY_BYTES), None);
    assert_eq!(with("sip:b@h", none(), limits::BODY_BYTES + 1), Some(413));
    assert_eq!(with(&uri(limits::URI_BYTES), none(), 0), None);
    assert_eq!(with(&uri(limits::URI_BYTES + 1), none(), 0), Some(414));
    assert_eq!(with("sip:b@h", "X: y\r\n".repeat(limits::HEADERS - 6), 0), None);
    assert_eq!(with("sip:b@h", "X: y\r\n".repeat(limits::HEADERS), 0), Some(513));
    assert_eq!(with("sip:b@h", format!("X: {}\r\n", "y".repeat(limits::HEADER_BYTES)), 0), Some(513));
    assert_eq!(with("sip:b@h", format!("X: {}\r\n", "y".repeat(4000)).repeat(9), 0), Some(513));
    assert_eq!(with(&format!("sip:b@h{}", params(limits::PARAMS)), none(), 0), None);
    assert_eq!(with(&format!("sip:b@h{}", params(limits::PARAMS + 1)), none(), 0), Some(400));
    assert_eq!(with("sip:b@h", contacts(limits::VALUES), 0), None);
    assert_eq!(with("sip:b@h", contacts(limits::VALUES + 1), 0), Some(400));
}
