//! Messages for tests.

use crate::message::{Method, Request, Response, Status, Uri, name};

/// A request with what every request has.
pub fn request(method: &str) -> Request {
    let parsed = Method::parse(method).unwrap();
    let mut request = Request::new(parsed, Uri::parse("sip:bob@b.example").unwrap());
    for (name, value) in [
        (name::VIA, "SIP/2.0/UDP a.example;branch=z9hG4bK1;rport"),
        (name::ROUTE, "<sip:p.example;lr>"),
        (name::MAX_FORWARDS, "70"),
        (name::FROM, "<sip:alice@a.example>;tag=a"),
        (name::TO, "<sip:bob@b.example>"),
        (name::CALL_ID, "call-1"),
    ] {
        request.headers.push(name, value);
    }
    request.headers.push(name::CSEQ, format!("1 {method}"));
    request
}

/// A response to [`request`].
pub fn response(method: &str, status: u16) -> Response {
    request(method).response(Status::new(status).unwrap(), Some("b"))
}

/// The start line of what is sent.
pub fn start_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned()
}
