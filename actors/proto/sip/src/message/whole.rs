//! [`Request`], [`Response`] and [`Message`]: start line, headers, body.

use super::error::FieldError;
use super::headers::Headers;
use super::method::Method;
use super::name;
use super::status::Status;
use super::uri::Uri;
use super::value::{CSeq, MediaType};

/// A request. Its parts are typed, so what is written is a request.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    uri: Uri,
    /// In order.
    pub headers: Headers,
    body: Vec<u8>,
    /// The request line as it came, while nothing of it is changed.
    start: Option<Box<[u8]>>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    status: Status,
    reason: String,
    /// In order.
    pub headers: Headers,
    body: Vec<u8>,
    /// The status line as it came, while nothing of it is changed.
    start: Option<Box<[u8]>>,
}

/// Either.
#[derive(Clone, Debug)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

impl Request {
    /// Without headers and body.
    pub fn new(method: Method, uri: impl Into<Uri>) -> Request {
        Request { method, uri: uri.into(), headers: Headers::new(), body: Vec::new(), start: None }
    }

    pub(crate) fn received(method: Method, uri: Uri, start: Option<Box<[u8]>>) -> Request {
        Request { method, uri, headers: Headers::new(), body: Vec::new(), start }
    }

    /// What is asked for.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The Request-URI.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Changes the Request-URI.
    pub fn set_uri(&mut self, uri: impl Into<Uri>) {
        (self.uri, self.start) = (uri.into(), None);
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Sets body and Content-Type.
    pub fn set_body(&mut self, kind: &MediaType, body: Vec<u8>) {
        set_body(&mut self.headers, kind);
        (self.body, self.start) = (body, None);
    }

    pub(crate) fn receive_body(&mut self, body: Vec<u8>) {
        self.body = body;
    }

    /// A response to this request: Via, From, To, Call-ID, CSeq, Record-Route and Timestamp copied
    /// (RFC 3261 sections 8.2.6 and 12.1.1). `tag` goes into To unless it has one or the status is 100.
    pub fn response(&self, status: Status, tag: Option<&str>) -> Response {
        let mut response = Response::new(status);
        let headers = &mut response.headers;
        headers.copy(&name::VIA, &self.headers);
        headers.copy(&name::FROM, &self.headers);
        match (tag, self.headers.to()) {
            (Some(tag), Ok(to)) if to.tag().is_none() && status != Status::TRYING => {
                headers.push(name::TO, to.with_tag(tag))
            }
            _ => headers.copy(&name::TO, &self.headers),
        }
        headers.copy(&name::CALL_ID, &self.headers);
        headers.copy(&name::CSEQ, &self.headers);
        if !status.is_failure() {
            headers.copy(&name::RECORD_ROUTE, &self.headers);
        }
        if status == Status::TRYING {
            headers.copy(&name::TIMESTAMP, &self.headers);
        }
        response
    }

    /// The CSeq every header of this request must agree with.
    pub fn cseq(&self) -> Result<CSeq, FieldError> {
        self.headers.cseq()
    }

    /// As bytes; Content-Length is right whatever the headers say.
    pub fn to_bytes(&self) -> Vec<u8> {
        let start = match &self.start {
            Some(start) => start.to_vec(),
            None => format!("{} {} SIP/2.0", self.method, self.uri).into_bytes(),
        };
        write(start, &self.headers, &self.body, self.start.is_some())
    }
}

impl Response {
    /// Without headers and body; the reason phrase is the usual one.
    pub fn new(status: Status) -> Response {
        Response { status, reason: status.reason(), headers: Headers::new(), body: Vec::new(), start: None }
    }

    pub(crate) fn received(status: Status, reason: String, start: Option<Box<[u8]>>) -> Response {
        Response { status, reason, headers: Headers::new(), body: Vec::new(), start }
    }

    /// The code.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The reason phrase; what is no UTF-8 is replaced.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Sets the reason phrase; control characters become spaces.
    pub fn set_reason(&mut self, reason: &str) {
        self.reason = reason.replace(|c: char| c.is_control(), " ");
        self.start = None;
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Sets body and Content-Type.
    pub fn set_body(&mut self, kind: &MediaType, body: Vec<u8>) {
        set_body(&mut self.headers, kind);
        (self.body, self.start) = (body, None);
    }

    pub(crate) fn receive_body(&mut self, body: Vec<u8>) {
        self.body = body;
    }

    /// The CSeq of the request it answers.
    pub fn cseq(&self) -> Result<CSeq, FieldError> {
        self.headers.cseq()
    }

    /// As bytes; Content-Length is right whatever the headers say.
    pub fn to_bytes(&self) -> Vec<u8> {
        let start = match &self.start {
            Some(start) => start.to_vec(),
            None => format!("SIP/2.0 {} {}", self.status, self.reason).into_bytes(),
        };
        write(start, &self.headers, &self.body, self.start.is_some())
    }
}

impl Message {
    /// Its headers.
    pub fn headers(&self) -> &Headers {
        match self {
            Message::Request(request) => &request.headers,
            Message::Response(response) => &response.headers,
        }
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        match self {
            Message::Request(request) => request.body(),
            Message::Response(response) => response.body(),
        }
    }

    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Message::Request(request) => request.to_bytes(),
            Message::Response(response) => response.to_bytes(),
        }
    }

    pub(crate) fn headers_mut(&mut self) -> &mut Headers {
        match self {
            Message::Request(request) => &mut request.headers,
            Message::Response(response) => &mut response.headers,
        }
    }

    pub(crate) fn receive_body(&mut self, body: Vec<u8>) {
        match self {
            Message::Request(request) => request.receive_body(body),
            Message::Response(response) => response.receive_body(body),
        }
    }
}

fn set_body(headers: &mut Headers, kind: &MediaType) {
    headers.remove(&name::CONTENT_LENGTH);
    headers.set(name::CONTENT_TYPE, kind);
}

/// A datagram that came without Content-Length goes out without it.
fn write(mut out: Vec<u8>, headers: &Headers, body: &[u8], as_received: bool) -> Vec<u8> {
    out.extend_from_slice(b"\r\n");
    let right = headers.content_length() == Ok(Some(body.len()));
    for header in headers.iter().filter(|header| right || *header.name() != name::CONTENT_LENGTH) {
        header.write(&mut out);
    }
    if !right && (!as_received || headers.has(&name::CONTENT_LENGTH)) {
        out.extend_from_slice(format!("{}: {}\r\n", name::CONTENT_LENGTH, body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}
