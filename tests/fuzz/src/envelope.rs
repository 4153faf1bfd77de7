//! A frame from a socket: whatever it holds, it is refused or read, and what was read
//! is written and read back the same.

use signal::message::Request;
use signal::{Incoming, Message};

/// The limits of an open session.
const BYTES: usize = 256 * 1024;
const DEPTH: usize = 32;

/// Panics on a finding.
pub fn check(frame: &str) {
    let Ok(incoming) = Incoming::parse(frame, BYTES, DEPTH) else { return };
    match Request::read(&incoming) {
        Ok(Request::Call(call)) => reads_back(Message::Call(call)),
        Ok(Request::Conference(conference)) => reads_back(Message::Conference(conference)),
        Ok(_) => {}
        Err(error) => assert!(!error.message.is_empty(), "an error says what was expected"),
    }
}

fn reads_back(message: Message) {
    let written = serde_json::to_string(&message).expect("a message is JSON");
    assert_eq!(Message::read(message.method(), &written).ok().as_ref(), Some(&message), "{written}");
}
