use super::*;

const OPTIONS: &str = "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKx\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
    Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nabc";

fn name_of(incoming: Option<Result<Incoming, Refused>>) -> &'static str {
    match incoming {
        None => "more",
        Some(Ok(Incoming::Message(_))) => "message",
        Some(Ok(Incoming::Ping)) => "ping",
        Some(Ok(Incoming::Pong)) => "pong",
        Some(Err(_)) => "refused",
    }
}

#[test]
fn messages_come_out_whole_however_they_are_cut() {
    let stream = format!("{OPTIONS}\r\n\r\n{OPTIONS}\r\n{OPTIONS}");
    for size in [1, 2, 3, 7, 64, 1000] {
        let (mut parser, mut seen) = (StreamParser::new(), Vec::new());
        for piece in stream.as_bytes().chunks(size) {
            parser.push(piece);
            while let Some(incoming) = parser.poll() {
                seen.push(name_of(Some(incoming)));
            }
        }
        let pings = seen.iter().filter(|name| **name == "ping").count();
        assert_eq!(seen.iter().filter(|name| **name == "message").count(), 3, "{size}");
        assert!(pings == 1 && parser.pending() == 0 && !parser.is_broken(), "{size}: {seen:?}");
    }
}

#[test]
fn a_bad_message_with_a_length_does_not_break_the_stream() {
    let mut parser = StreamParser::new();
    parser.push(OPTIONS.replace("CSeq: 1", "CSeq: x").as_bytes());
    parser.push(OPTIONS.as_bytes());
    assert_eq!(
        (name_of(parser.poll()), name_of(parser.poll()), name_of(parser.poll())),
        ("refused", "message", "more")
    );
}

#[test]
fn without_a_length_the_stream_breaks_with_an_answer() {
    for line in ["", "Content-Length: -1\r\n", "Content-Length: 3\r\nl: 4\r\n", "Content-Length: 9999999\r\n"] {
        let mut parser = StreamParser::new();
        parser.push(OPTIONS.replace("Content-Length: 3\r\n", line).as_bytes());
        let refused = parser.poll().unwrap().unwrap_err();
        assert!(refused.reply.is_some() && parser.is_broken(), "{line}");
        parser.push(OPTIONS.as_bytes());
        assert_eq!((name_of(parser.poll()), parser.pending()), ("more", 0));
    }
}

#[test]
fn an_endless_head_breaks_the_stream() {
    let mut parser = StreamParser::new();
    while !parser.is_broken() {
        parser.push(b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
        assert!(parser.pending() <= limits::HEAD_BYTES + 100);
        parser.poll();
    }
    assert!(parser.is_broken());
}

#[test]
fn the_pieces_a_stream_comes_in_change_nothing() {
    let long = format!("{}{}\r\n", OPTIONS.trim_end_matches("\r\nabc"), "X: y\r\n".repeat(limits::HEAD_BYTES / 6));
    for stream in ["\r\n\r\n\r\n\r\n", "\n\r\n\r\n\r\n", &long] {
        let seen = |sizes: &[usize]| {
            let (mut parser, mut rest, mut seen) = (StreamParser::new(), stream.as_bytes(), Vec::new());
            for size in sizes.iter().cycle() {
                let (piece, left) = rest.split_at((*size).min(rest.len()));
                parser.push(piece);
                seen.extend(std::iter::from_fn(|| parser.poll()).map(|read| format!("{read:?}")));
                rest = left;
                if rest.is_empty() {
                    break;
                }
            }
            seen.retain(|read| read != "Ok(Pong)");
            (seen, parser.is_broken())
        };
        let whole = seen(&[stream.len()]);
        assert!(whole == seen(&[1]) && whole == seen(&[2, 4]) && whole == seen(&[4096]));
        assert!(!whole.1 || whole.0[0].contains("reply: Some"), "an endless head is answered by what is there");
    }
}

#[test]
fn a_body_that_drips_costs_no_more_looks_at_the_head() {
    let head = OPTIONS.replace("Content-Length: 3\r\n\r\nabc", &format!("Content-Length: {}\r\n", limits::BODY_BYTES));
    let line = format!("X: {}\r\n", "y".repeat(120));
    let head = format!("{head}{}\r\n", line.repeat(240));
    assert!(head.len() < limits::HEAD_BYTES);
    let mut parser = StreamParser::new();
    parser.push(head.as_bytes());
    let begin = std::time::Instant::now();
    for _ in 1..limits::BODY_BYTES {
        parser.push(b"z");
        assert!(parser.poll().is_none());
    }
    // A look at this head takes about 200 µs.
    assert!(begin.elapsed() < std::time::Duration::from_secs(2), "{:?}", begin.elapsed());
    parser.push(b"z");
    assert_eq!(name_of(parser.poll()), "message");
}
