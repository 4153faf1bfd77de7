//! [`StreamParser`]: messages out of a TCP or TLS connection (RFC 3261 section 18.3).

use super::error::{Error, FieldError};
use super::limits;
use super::name;
use super::parse::{Incoming, Refused, content_length, end_of_head, parse_framed, refuse};

/// Cuts a stream into messages by Content-Length, which a stream must have.
///
/// Whoever reads the connection pushes what came and takes messages until `None`. When the
/// parser [is broken](StreamParser::is_broken) nobody knows where the next message begins:
/// the reply is sent and the connection closed.
#[derive(Debug, Default)]
pub struct StreamParser {
    buffer: Vec<u8>,
    /// No end of the head before this place.
    searched: usize,
    /// Bytes that the message has whose head came: until they are there nothing is read again.
    awaited: usize,
    /// A lone CRLF came last: another one makes a ping, which a stream may cut in two.
    after_crlf: bool,
    broken: bool,
}

impl StreamParser {
    /// Nothing came yet.
    pub fn new() -> StreamParser {
        StreamParser::default()
    }

    /// Takes what came. Bytes after the break are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether nothing more can be read from this connection.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Bytes that wait for more.
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// The next message or keep-alive, if it is whole.
    pub fn poll(&mut self) -> Option<Result<Incoming, Refused>> {
        if self.buffer.len() < self.awaited {
            return None;
        }
        if let Some(keep_alive) = self.take_keep_alive()? {
            return Some(Ok(keep_alive));
        }
        let end = end_of_head(&self.buffer, self.searched);
        let Some(end) = end.filter(|end| *end <= limits::HEAD_BYTES) else {
            self.searched = self.buffer.len().saturating_sub(2);
            let is_over = end.is_some() || self.buffer.len() > limits::HEAD_BYTES;
            // Its first headers tell where the answer goes.
            return is_over.then(|| self.break_off(Error::TooLarge, limits::HEAD_BYTES));
        };
        let head = self.buffer.get(..end).unwrap_or_default();
        let length = match content_length(head) {
            Ok(Some(length)) => length,
            Ok(None) => {
                return Some(self.break_off(FieldError::new(name::CONTENT_LENGTH, "it on a stream").into(), end));
            }
            Err(error) => return Some(self.break_off(error, end)),
        };
        if length > limits::BODY_BYTES {
            return Some(self.break_off(Error::BodyTooLarge, end));
        }
        self.awaited = end + length;
        let body = self.buffer.get(end..end + length)?;
        let result = parse_framed(head, body).map(|message| Incoming::Message(Box::new(message)));
        self.consume(end + length);
        self.after_crlf = false;
        Some(result)
    }

    /// Outer `None`: the buffer is empty, or holds the half of something.
    fn take_keep_alive(&mut self) -> Option<Option<Incoming>> {
        match self.buffer.as_slice() {
            [] | [b'\r'] => None,
            [b'\r', b'\n', ..] if self.after_crlf => Some(Some(self.keep_alive(2, Incoming::Ping))),
            [b'\r', b'\n', b'\r', b'\n', ..] => Some(Some(self.keep_alive(4, Incoming::Ping))),
            [b'\r', b'\n', ..] => Some(Some(self.keep_alive(2, Incoming::Pong))),
            [b'\n', ..] => Some(Some(self.keep_alive(1, Incoming::Pong))),
            [_, ..] => Some(None),
        }
    }

    fn keep_alive(&mut self, bytes: usize, what: Incoming) -> Incoming {
        self.consume(bytes);
        self.after_crlf = matches!(what, Incoming::Pong) && bytes == 2;
        what
    }

    fn consume(&mut self, bytes: usize) {
        self.buffer.drain(..bytes.min(self.buffer.len()));
        (self.searched, self.awaited) = (0, 0);
    }

    /// `head`: how many bytes may be looked at for an answer.
    fn break_off(&mut self, error: Error, head: usize) -> Result<Incoming, Refused> {
        self.broken = true;
        let buffer = std::mem::take(&mut self.buffer);
        refuse(error, buffer.get(..head).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
