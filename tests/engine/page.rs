//! A browser page as the engine sees it: a WebSocket that speaks the protocol.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket, protocol::frame::coding::CloseCode};

/// Longest wait for a message that must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// See the module.
pub struct Page {
    socket: WebSocket<TcpStream>,
    pub token: String,
    /// `session.validated`'s body.
    pub validated: Value,
    /// The highest `seq` seen.
    pub seen: u64,
    /// Claimed by [`Page::resume`] instead of the own one.
    pub client_to_resume: Option<String>,
}

impl Page {
    /// A socket that has said nothing.
    pub fn raw(address: SocketAddr) -> Page {
        Page::from_origin(address, None)
    }

    pub fn from_origin(address: SocketAddr, origin: Option<&str>) -> Page {
        use tungstenite::client::IntoClientRequest;
        let stream = TcpStream::connect(address).expect("the engine listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut request = format!("ws://{address}/rtc/api").into_client_request().expect("a request");
        if let Some(origin) = origin {
            request.headers_mut().insert("Origin", origin.parse().expect("a header"));
        }
        let (socket, _) = tungstenite::client(request, stream).expect("a WebSocket");
        Page { socket, token: String::new(), validated: Value::Null, seen: 0, client_to_resume: None }
    }

    /// A socket with an open session.
    pub fn open(address: SocketAddr, token: &str) -> Page {
        Page::raw(address).open_with(json!({ "credentials": { "userSession": token } }), token)
    }

    /// A socket that takes the place of `lost`'s.
    pub fn resume(address: SocketAddr, lost: &Page) -> Page {
        let client = lost.client_to_resume.clone().unwrap_or_else(|| lost.client());
        let resume = json!({ "client": client, "ack": lost.seen });
        let body = json!({ "credentials": { "userSession": lost.token }, "resume": resume });
        let mut page = Page::raw(address).open_with(body, &lost.token);
        page.seen = if page.validated["resumed"] == true { lost.seen } else { 0 };
        page
    }

    fn open_with(mut self, body: Value, token: &str) -> Page {
        self.token = token.to_owned();
        self.send(&json!({ "method": "session.open", "to": "core", "session": token, "body": body }));
        let validated = self.expect("session.validated");
        assert_eq!(validated["result"], true, "{validated}");
        self.validated = validated;
        self
    }

    pub fn client(&self) -> String {
        self.validated["client"].as_str().expect("a client id").to_owned()
    }

    /// The id and target of the only account.
    pub fn account(&self) -> (String, String) {
        let accounts = self.validated["accounts"].as_object().expect("accounts");
        let (id, account) = accounts.iter().next().expect("an account");
        (id.clone(), account["target"].as_str().expect("a target").to_owned())
    }

    /// Connects the account and waits until it is.
    pub fn connect(&mut self) {
        let (id, target) = self.account();
        self.send(&json!({ "method": "account.connect", "to": target, "session": self.token, "body": { "id": id } }));
        while self.expect("account.state")["state"] != "connected" {}
    }

    pub fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string());
    }

    pub fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).expect("the socket takes it");
    }

    pub fn send_raw(&mut self, message: Message) {
        self.socket.send(message).expect("the socket takes it");
    }

    /// A `call.*` message to the account's target.
    pub fn call(&mut self, action: &str, body: Value) {
        let (_, target) = self.account();
        self.send(&json!({ "method": format!("call.{action}"), "to": target, "session": self.token, "body": body }));
    }

    /// The next frame, whatever it is.
    pub fn next(&mut self) -> Value {
        loop {
            match self.socket.read().expect("a message within the patience of the test") {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).expect("JSON");
                    if let Some(seq) = frame["seq"].as_u64() {
                        assert_eq!(seq, self.seen + 1, "no gap and no repetition: {frame}");
                        self.seen = seq;
                    }
                    return frame;
                }
                Message::Close(frame) => panic!("closed: {frame:?}"),
                Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
            }
        }
    }

    /// The body of the next frame, which must be `method`.
    pub fn expect(&mut self, method: &str) -> Value {
        let frame = self.next();
        assert_eq!(frame["method"], method, "{frame}");
        frame["body"].clone()
    }

    /// The next frame is `core.error` with this code.
    pub fn refused(&mut self, code: &str) -> Value {
        let error = self.expect("core.error");
        assert_eq!(error["code"], code, "{error}");
        error
    }

    /// The close code that ends the socket; frames before it are skipped.
    pub fn closed(&mut self) -> u16 {
        self.last_words().1
    }

    /// All frames up to the one that closes the socket, and its code.
    pub fn last_words(&mut self) -> (Vec<Value>, u16) {
        let mut frames = Vec::new();
        loop {
            match self.socket.read() {
                Ok(Message::Close(Some(frame))) => return (frames, u16::from(frame.code)),
                Ok(Message::Close(None)) => return (frames, u16::from(CloseCode::Status)),
                Ok(Message::Text(text)) => frames.push(serde_json::from_str(&text).expect("JSON")),
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_)) => {}
                Err(error) => panic!("no close frame: {error}"),
            }
        }
    }

    /// Nothing more comes before the answer to a message that is always answered.
    pub fn silent(&mut self) {
        self.send(&json!({ "method": "core.nothing", "to": "core", "id": "silence", "body": {} }));
        let error = self.refused("unknownMethod");
        assert_eq!(error["ref"], "silence", "{error}");
    }

    /// The TCP connection, to be treated badly.
    pub fn stream(&self) -> &TcpStream {
        self.socket.get_ref()
    }

    /// Ends the TCP connection without a close frame.
    pub fn cut(&self) {
        self.stream().shutdown(std::net::Shutdown::Both).expect("it was open");
    }
}

/// A fresh leg id.
pub fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}
