//! `method` + `body` ↔ one typed message.

use serde::Serialize;

use crate::account::{AccountRef, AccountState};
use crate::call::Call;
use crate::conference::Conference;
use crate::read::{read, read_checked};
use crate::session::{Expiring, IceServers, Open, Pong, Validated};
use crate::{Code, Error, Incoming};

/// What a client may ask.
#[derive(Clone)]
pub enum Request {
    /// `session.open`
    Open(Open),
    /// `session.ack`: every `seq` up to this one has arrived.
    Ack(u64),
    /// `session.ping`: is the socket alive?
    Ping,
    /// `session.close`
    Close,
    /// `account.connect`
    Connect(AccountRef),
    /// `account.disconnect`
    Disconnect(AccountRef),
    /// `call.*`
    Call(Call),
    /// `conference.*`
    Conference(Conference),
}

impl Request {
    /// Reads and checks the body of `frame` as its method says. A body that is
    /// absent or null counts as empty.
    ///
    /// Errors: `unknownMethod`, `malformed`, `invalidField`, `tooLarge`, `limitExceeded`.
    pub fn read(frame: &Incoming) -> Result<Request, Error> {
        let body = frame.body.as_ref().map_or("{}", |body| body.get());
        if !body.starts_with('{') {
            return Err(Error::field("body", "an object"));
        }
        match frame.method.as_str() {
            "session.open" => read_checked(body).map(Request::Open),
            "session.ack" => frame.ack.map(Request::Ack).ok_or_else(|| Error::field("ack", "the highest seq seen")),
            "session.close" => Ok(Request::Close),
            "session.ping" => Ok(Request::Ping),
            "account.connect" => read_checked(body).map(Request::Connect),
            "account.disconnect" => read_checked(body).map(Request::Disconnect),
            method if method.starts_with("conference.") => Request::conference(method, body),
            method => Call::read(method, body).unwrap_or_else(unknown).map(Request::Call),
        }
    }

    fn conference(method: &str, body: &str) -> Result<Request, Error> {
        if !Conference::is_request(method) {
            return unknown();
        }
        Conference::read(method, body).unwrap_or_else(unknown).map(Request::Conference)
    }
}

fn unknown<T>() -> Result<T, Error> {
    Err(Error::new(Code::UnknownMethod, "method: one of the protocol's methods expected"))
}

/// What the engine tells a client.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// `session.validated`
    Validated(Validated),
    /// `session.expiring`
    Expiring(Expiring),
    /// `session.pong`
    Pong(Pong),
    /// `session.iceservers`
    IceServers(IceServers),
    /// `account.state`
    State(AccountState),
    /// `call.*`
    Call(Call),
    /// `conference.*`
    Conference(Conference),
    /// `core.error`
    Error(Error),
}

impl Message {
    /// The wire word.
    pub const fn method(&self) -> &'static str {
        match self {
            Message::Validated(_) => "session.validated",
            Message::Expiring(_) => "session.expiring",
            Message::Pong(_) => "session.pong",
            Message::IceServers(_) => "session.iceservers",
            Message::State(_) => "account.state",
            Message::Call(call) => call.method(),
            Message::Conference(conference) => conference.method(),
            Message::Error(_) => "core.error",
        }
    }

    /// Reads what the engine wrote: for clients and tests.
    ///
    /// Errors: `unknownMethod`, `malformed`, `invalidField`, `tooLarge`, `limitExceeded`.
    pub fn read(method: &str, body: &str) -> Result<Message, Error> {
        match method {
            "session.validated" => read(body).map(Message::Validated),
            "session.expiring" => read(body).map(Message::Expiring),
            "session.pong" => read(body).map(Message::Pong),
            "session.iceservers" => read(body).map(Message::IceServers),
            "account.state" => read(body).map(Message::State),
            "core.error" => read(body).map(Message::Error),
            _ if method.starts_with("conference.") => {
                Conference::read(method, body).unwrap_or_else(unknown).map(Message::Conference)
            }
            _ => Call::read(method, body).unwrap_or_else(unknown).map(Message::Call),
        }
    }
}

impl Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Message::Validated(body) => body.serialize(serializer),
            Message::Expiring(body) => body.serialize(serializer),
            Message::Pong(body) => body.serialize(serializer),
            Message::IceServers(body) => body.serialize(serializer),
            Message::State(body) => body.serialize(serializer),
            Message::Call(body) => body.serialize(serializer),
            Message::Conference(body) => body.serialize(serializer),
            Message::Error(body) => body.serialize(serializer),
        }
    }
}

impl From<Call> for Message {
    fn from(call: Call) -> Message {
        Message::Call(call)
    }
}

impl From<Conference> for Message {
    fn from(conference: Conference) -> Message {
        Message::Conference(conference)
    }
}

impl From<Error> for Message {
    fn from(error: Error) -> Message {
        Message::Error(error)
    }
}
