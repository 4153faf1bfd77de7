//! `method` + `body` ↔ one typed message.

use serde::Serialize;

use crate::account::{AccountRef, AccountState};
use crate::call::Call;
use crate::session::{Expiring, Open, Validated};
use crate::{Code, Error, Incoming, error};

/// What a client may ask.
#[derive(Clone)]
pub enum Request {
    /// `session.open`
    Open(Open),
    /// `session.close`
    Close,
    /// `account.connect`
    Connect(AccountRef),
    /// `account.disconnect`
    Disconnect(AccountRef),
    /// `call.*`
    Call(Call),
}

impl Request {
    /// Reads the body of `frame` as its method says.
    ///
    /// Errors: `unknownMethod`, `malformed`, `invalidField`, `tooLarge`.
    pub fn read(frame: &Incoming) -> Result<Request, Error> {
        let body = frame.body.as_ref().map_or("{}", |body| body.get());
        match frame.method.as_str() {
            "session.open" => error::read(body).map(Request::Open),
            "session.close" => Ok(Request::Close),
            "account.connect" => error::read(body).map(Request::Connect),
            "account.disconnect" => error::read(body).map(Request::Disconnect),
            method => Call::read(method, body)
                .unwrap_or_else(|| {
                    Err(Error::new(Code::UnknownMethod, "method: one of the protocol's methods expected"))
                })
                .map(Request::Call),
        }
    }
}

/// What the engine tells a client.
#[derive(Clone, Debug)]
pub enum Message {
    /// `session.validated`
    Validated(Validated),
    /// `session.expiring`
    Expiring(Expiring),
    /// `account.state`
    State(AccountState),
    /// `call.*`
    Call(Call),
    /// `core.error`
    Error(Error),
}

impl Message {
    /// The wire word.
    pub const fn method(&self) -> &'static str {
        match self {
            Message::Validated(_) => "session.validated",
            Message::Expiring(_) => "session.expiring",
            Message::State(_) => "account.state",
            Message::Call(call) => call.method(),
            Message::Error(_) => "core.error",
        }
    }
}

impl Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Message::Validated(body) => body.serialize(serializer),
            Message::Expiring(body) => body.serialize(serializer),
            Message::State(body) => body.serialize(serializer),
            Message::Call(body) => body.serialize(serializer),
            Message::Error(body) => body.serialize(serializer),
        }
    }
}

impl From<Call> for Message {
    fn from(call: Call) -> Message {
        Message::Call(call)
    }
}

impl From<Error> for Message {
    fn from(error: Error) -> Message {
        Message::Error(error)
    }
}
