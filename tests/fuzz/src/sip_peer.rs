//! What the other side of a call says, made of choices: messages that an endpoint would let through, right or wrong in
//! the call they come in.

use std::time::Duration;

use sip::message::{CSeq, MediaType, Method, Params, Request, Response, Status, Uri, name};

pub const SDP: &[u8] = b"v=0\r\n";

/// The input, a byte a choice; nought when there is no more.
pub struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Choices<'a> {
        Choices(bytes.get(..bytes.len().min(512)).unwrap_or_default().iter())
    }

    pub fn more(&mut self) -> Option<u8> {
        self.0.next().copied()
    }

    pub fn next(&mut self) -> u8 {
        self.more().unwrap_or_default()
    }

    fn of<T: Copy>(&mut self, all: &[T], usual: T) -> T {
        all.get(usize::from(self.next())).copied().unwrap_or(usual)
    }

    pub fn tag(&mut self) -> &'static str {
        self.of(&["a", "b", "c", ""], "a")
    }

    pub fn method(&mut self) -> Method {
        let all =
            ["INVITE", "UPDATE", "PRACK", "BYE", "CANCEL", "INFO", "REFER", "NOTIFY", "MESSAGE", "OPTIONS", "NEW"];
        let text = self.of(&all, "INVITE");
        Method::parse(text).expect("a token")
    }

    pub fn description(&mut self) -> Option<Vec<u8>> {
        self.next().is_multiple_of(2).then(|| SDP.to_vec())
    }

    /// None to four days.
    pub fn pause(&mut self) -> Duration {
        Duration::from_millis(1 << (self.next() % 29))
    }

    fn multipart(&mut self) -> (MediaType, Vec<u8>) {
        let mut kind = MediaType { kind: "multipart".into(), subtype: "mixed".into(), params: Params::new() };
        kind.params.set("boundary", "b");
        (kind, b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n".to_vec())
    }

    fn body(&mut self) -> Option<(MediaType, Vec<u8>)> {
        match self.next() % 4 {
            0 => None,
            1 => Some(self.multipart()),
            _ => Some((MediaType::sdp(), SDP.to_vec())),
        }
    }

    fn number(&mut self) -> u32 {
        match self.next() {
            byte @ 0..=250 => u32::from(byte % 16),
            byte => (1 << 31) - 1 - u32::from(byte - 251),
        }
    }
}

pub fn request(choices: &mut Choices<'_>, method: Method) -> Request {
    let mut request = Request::new(method.clone(), Uri::parse("sip:us@192.0.2.9").expect("a URI"));
    let number = choices.number();
    request.headers.push(name::VIA, format!("SIP/2.0/UDP h;branch=z9hG4bK{method}{number}"));
    request.headers.push(name::FROM, format!("<sip:them@h>;tag={}", choices.tag()).trim_end_matches(";tag="));
    request.headers.push(name::TO, "<sip:us@h>;tag=us");
    request.headers.push(name::CALL_ID, "call");
    request.headers.push(name::CSEQ, CSeq { number, method: method.clone() });
    request.headers.extend(&name::CONTACT, choices.of(&[None, Some("*")], Some("<sip:them@h?a=b>")));
    if method == Method::Prack {
        request.headers.push(name::RACK, format!("{} {} INVITE", choices.number(), choices.number()));
    }
    request.headers.extend(&name::REQUIRE, choices.of(&[None, Some("100rel"), Some("timer")], None));
    request.headers.extend(&name::SUPPORTED, choices.of(&[None, Some("100rel"), Some("timer, 100rel")], None));
    let timers = [None, Some("90"), Some("1"), Some("4294967295;refresher=uas"), Some("1800;refresher=uac"), Some("x")];
    request.headers.extend(&name::SESSION_EXPIRES, choices.of(&timers, None));
    request.headers.extend(&name::REASON, choices.of(&[None, Some("SIP;cause=200;text=\"a\""), Some(";;")], None));
    if let Some((kind, body)) = choices.body() {
        request.set_body(&kind, body);
    }
    request
}

pub fn response(choices: &mut Choices<'_>, method: Method) -> Response {
    let all = [100, 180, 183, 200, 202, 302, 401, 407, 408, 422, 481, 487, 488, 491, 500, 603];
    let status = Status::new(choices.of(&all, 200)).expect("a status");
    let mut response = Response::new(status);
    response.headers.push(name::VIA, "SIP/2.0/UDP h;branch=z9hG4bKus");
    response.headers.push(name::FROM, format!("<sip:us@h>;tag={}", choices.of(&["a", "us"], "us")));
    response.headers.push(name::TO, format!("<sip:them@h>;tag={}", choices.tag()).trim_end_matches(";tag="));
    response.headers.push(name::CALL_ID, "call");
    response.headers.push(name::CSEQ, CSeq { number: choices.number(), method });
    response.headers.extend(&name::CONTACT, choices.of(&[None, Some("*"), Some("tel:1")], Some("<sip:them@h>")));
    response.headers.extend(&name::REQUIRE, choices.of(&[None, Some("100rel"), Some("timer")], None));
    let rseq = choices.of(&[None, Some("1"), Some("2"), Some("3"), Some("4294967295"), Some("x")], None);
    response.headers.extend(&name::RSEQ, rseq);
    response.headers.extend(&name::MIN_SE, choices.of(&[None, Some("100"), Some("4294967295")], None));
    response.headers.extend(&name::SESSION_EXPIRES, choices.of(&[None, Some("90"), Some("0;refresher=uac")], None));
    response.headers.extend(&name::RECORD_ROUTE, choices.of(&[None, Some("<sip:p;lr>"), Some("<sip:strict>")], None));
    if let Some((kind, body)) = choices.body() {
        response.set_body(&kind, body);
    }
    response
}
