//! Bytes to messages: [`parse_datagram`].
//!
//! Order: start line, header lines (unfolded, compact names expanded), body by Content-Length, then
//! the headers everything depends on (`check`). What cannot be read is [`Refused`], with the
//! response RFC 3261 asks for where one may be sent.
//!
//! Tolerated, as RFC 4475 shows them in legal messages or as peers send them: a bare LF as line end
//! (a bare CR is not), empty lines before the start line (section 7.5), no space after the status
//! code, bytes beyond Content-Length in a datagram (section 18.3: dropped). A message that came with a bare
//! LF is written with CRLF.

use super::check;
use super::error::Error;
use super::grammar::trim;
use super::headers::{Header, Headers};
use super::limits;
use super::method::Method;
use super::name::{self, Name};
use super::status::Status;
use super::uri::Uri;
use super::whole::{Message, Request, Response};

/// What a datagram or a place in a stream holds.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// A message whose Via, From, To, Call-ID, CSeq, Max-Forwards, Contact and routes can be read.
    Message(Box<Message>),
    /// CRLF CRLF: answer with CRLF (RFC 5626 section 3.5.1).
    Ping,
    /// CRLF, or nothing: the answer to a ping of ours.
    Pong,
}

/// Bytes that are no message.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// What to answer; `None`: nothing, it was a response, an ACK, or there is no way back.
    pub reply: Option<Box<Response>>,
}

/// Reads one datagram.
///
/// Errors: [`Refused`]. Never panics, never allocates more than a few times the input.
pub fn parse_datagram(bytes: &[u8]) -> Result<Incoming, Refused> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let Some(message @ [_, ..]) = bytes.get(start..) else {
        return Ok(if bytes.len() > 2 { Incoming::Ping } else { Incoming::Pong });
    };
    if message.len() > limits::MESSAGE_BYTES {
        return Err(Refused { error: Error::TooLarge, reply: None });
    }
    let Some(end) = end_of_head(message, 0) else {
        return refuse(Error::NoEnd, message);
    };
    let (head, rest) = message.split_at_checked(end).unwrap_or((message, &[]));
    let length = match content_length(head) {
        Ok(length) => length,
        Err(error) => return refuse(error, head),
    };
    if length.unwrap_or(rest.len()) > limits::BODY_BYTES {
        return refuse(Error::BodyTooLarge, head);
    }
    match rest.get(..length.unwrap_or(rest.len())) {
        Some(body) => parse_framed(head, body).map(|message| Incoming::Message(Box::new(message))),
        None => refuse(Error::Truncated, head),
    }
}

/// Where the empty line after the headers ends, looking from `from` on.
pub(crate) fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'\n')? + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
}

/// `head` ends with its empty line.
pub(crate) fn parse_framed(head: &[u8], body: &[u8]) -> Result<Message, Refused> {
    match read(head, body) {
        Ok(message) => Ok(message),
        Err(error) => refuse(error, head),
    }
}

fn read(head: &[u8], body: &[u8]) -> Result<Message, Error> {
    if head.len() > limits::HEAD_BYTES {
        return Err(Error::TooLarge);
    }
    let lines = Lines::new(head);
    let mut message = start_line(lines.start, lines.is_strict)?;
    *message.headers_mut() = lines.headers()?;
    message.receive_body(body.to_vec());
    check::message(&message)?;
    Ok(message)
}

/// Content-Length without looking at anything else.
pub(crate) fn content_length(head: &[u8]) -> Result<Option<usize>, Error> {
    Ok(Lines::new(head).readable().content_length()?)
}

/// A head in lines.
struct Lines<'a> {
    start: &'a [u8],
    /// Each a header with its continuation lines.
    headers: Vec<&'a [u8]>,
    /// Every line ends with CRLF.
    is_strict: bool,
}

impl<'a> Lines<'a> {
    fn new(head: &'a [u8]) -> Lines<'a> {
        let mut lines = Vec::new();
        let (mut from, mut is_strict) = (0, true);
        for line in head.split_inclusive(|byte| *byte == b'\n') {
            is_strict &= line.ends_with(b"\r\n");
            let to = from + line.len();
            match (line.first(), lines.last_mut()) {
                (Some(b' ' | b'\t'), Some((_, end))) if !is_blank(line) => *end = to,
                _ => lines.push((from, to)),
            }
            from = to;
        }
        let mut lines = lines.into_iter().map(|(from, to)| without_end(head.get(from..to).unwrap_or_default()));
        let start = lines.next().unwrap_or_default();
        Lines { start, headers: lines.filter(|line| !line.is_empty()).collect(), is_strict }
    }

    fn headers(&self) -> Result<Headers, Error> {
        if self.headers.len() > limits::HEADERS {
            return Err(Error::TooManyHeaders);
        }
        let mut headers = Headers::new();
        for (index, line) in self.headers.iter().enumerate() {
            if line.len() > limits::HEADER_BYTES {
                return Err(Error::HeaderTooLarge);
            }
            headers.push_header(self.header(line).ok_or(Error::HeaderLine(index + 1))?);
        }
        Ok(headers)
    }

    /// Those that can be read, of those within the limits.
    fn readable(&self) -> Headers {
        let mut headers = Headers::new();
        let bounded = self.headers.iter().take(limits::HEADERS).filter(|line| line.len() <= limits::HEADER_BYTES);
        bounded.filter_map(|line| self.header(line)).for_each(|header| headers.push_header(header));
        headers
    }

    fn header(&self, line: &[u8]) -> Option<Header> {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        let name = Name::parse(trim(std::str::from_utf8(name).ok()?))?;
        let value = unfold(value.get(1..)?)?;
        Some(Header::received(name, value, self.is_strict.then(|| line.into())))
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Each line end with the space around it becomes one space (RFC 3261 section 7.3.1). `None`: a CR without LF.
fn unfold(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    for line in value.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii();
        if line.contains(&b'\r') {
            return None;
        }
        if !out.is_empty() && !line.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(line);
    }
    Some(out)
}

fn start_line(line: &[u8], is_strict: bool) -> Result<Message, Error> {
    let wire = is_strict.then(|| line.into());
    if is_response(line) {
        let (status, reason) = status_line(line)?;
        return Ok(Message::Response(Response::received(status, reason, wire)));
    }
    let text = std::str::from_utf8(line).map_err(|_| Error::StartLine("UTF-8"))?;
    let mut words = text.split(' ');
    let (Some(method), Some(uri), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Error::StartLine("method, URI, version with one space between"));
    };
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(if is_version(version) { Error::Version } else { Error::StartLine("a version") });
    }
    if uri.len() > limits::URI_BYTES {
        return Err(Error::UriTooLong);
    }
    let method = Method::parse(method).ok_or(Error::StartLine("a method"))?;
    let uri = Uri::parse(uri).ok_or(Error::StartLine("a URI"))?;
    if uri.as_sip().is_some_and(|uri| uri.headers().next().is_some()) {
        return Err(Error::StartLine("a URI without headers"));
    }
    Ok(Message::Request(Request::received(method, uri, wire)))
}

fn is_response(line: &[u8]) -> bool {
    line.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"SIP/"))
}

fn is_version(text: &str) -> bool {
    let digits = text.get(4..).and_then(|rest| rest.split_once('.'));
    let number = |text: &str| super::grammar::number::<u32>(text).is_some();
    text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("SIP/"))
        && digits.is_some_and(|(a, b)| number(a) && number(b))
}

fn status_line(line: &[u8]) -> Result<(Status, String), Error> {
    let text = String::from_utf8_lossy(line);
    let mut words = text.splitn(3, ' ');
    let (version, code, reason) = (words.next().unwrap_or_default(), words.next(), words.next().unwrap_or_default());
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(Error::Version);
    }
    let code = code.filter(|code| code.len() == 3).and_then(super::grammar::number).and_then(Status::new);
    let reason = reason.replace(|c: char| c.is_control(), " ");
    Ok((code.ok_or(Error::StartLine("a status of 100 to 699"))?, reason))
}

/// The answer to what cannot be read, if it is a request with a Via; where that one cannot be read
/// either, the answer goes to where the request came from. Its To gets a tag that
/// depends on the request only, so that a retransmission gets the same (RFC 3261 section 8.2.7).
pub(crate) fn refuse<T>(error: Error, head: &[u8]) -> Result<T, Refused> {
    log::debug!("refused: {error}");
    let lines = Lines::new(head);
    let first_word = lines.start.split(|byte| *byte == b' ').next().unwrap_or_default();
    let is_request =
        lines.start.windows(5).any(|word| word.eq_ignore_ascii_case(b" SIP/")) && !is_response(lines.start);
    let headers = lines.readable();
    if !is_request || first_word == b"ACK" || !headers.has(&name::VIA) {
        return Err(Refused { error, reply: None });
    }
    let mut reply = Response::new(error.status());
    reply.set_reason(&error.to_string());
    for name in [name::VIA, name::FROM, name::CALL_ID, name::CSEQ] {
        reply.headers.copy(&name, &headers);
    }
    match headers.to() {
        Ok(to) if to.tag().is_none() => reply.headers.push(name::TO, to.with_tag(&check::stateless_tag(&headers))),
        _ => reply.headers.copy(&name::TO, &headers),
    }
    Err(Refused { error, reply: Some(Box::new(reply)) })
}

#[cfg(test)]
mod tests;
