//! An HTTP client that sends exactly what a test says, one request a connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads a whole answer; the connection ends with it.
    pub fn read(mut stream: impl Read) -> Answer {
        let mut bytes = Vec::new();
        // A TLS peer may end without close_notify; what came is the answer.
        let ended = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("an answer without a head: {ended:?} {bytes:?}"));
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is text");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        Answer { status, head, body: bytes.split_off(end + 4) }
    }

    /// The value of a header, "" where there is none.
    pub fn header(&self, name: &str) -> &str {
        let of = |line: &'_ str| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)).is_some();
        self.head.lines().find(|line| of(line)).and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends `method path` with further header lines, each ending in CRLF.
pub fn request(address: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    request_with_body(address, method, path, headers, "")
}

/// The same with a body; the headers must give its length.
pub fn request_with_body(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the engine listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n{body}")
        .expect("sent");
    Answer::read(stream)
}

/// `GET path`.
pub fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path, "")
}
