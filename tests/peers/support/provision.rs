//! Sessions with an account each, made over the REST as an application would.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The administrator of [`super::Server`].
const LOGIN: &str = "admin@localhost:for tests only";

/// An app with networks.
pub struct Provision {
    engine: SocketAddr,
    app: Value,
}

impl Provision {
    pub fn at(engine: SocketAddr) -> Provision {
        let mut provision = Provision { engine, app: Value::Null };
        provision.app =
            provision.create("/apps", &json!({ "name": "stories", "domain": "stories.example" }))["id"].clone();
        provision
    }

    /// A network of the SIP connector.
    #[track_caller]
    pub fn network(&self, tag: &str, config: &Value) {
        self.create("/networks", &json!({ "tag": tag, "connector": "sip-connector", "config": config }));
    }

    /// The token of a session with one account.
    #[track_caller]
    pub fn session(&self, network: &str, identifier: &str, password: &str) -> String {
        let session = self.create("/sessions", &json!({ "app": self.app }));
        let account = json!({
            "session": session["id"], "network": network, "identifier": identifier, "accessToken": password,
        });
        self.create("/accounts", &account);
        session["token"].as_str().expect("a token").to_owned()
    }

    #[track_caller]
    fn create(&self, path: &str, body: &Value) -> Value {
        let (body, mut answer) = (body.to_string(), String::new());
        let mut stream = TcpStream::connect(self.engine).expect("the engine listens");
        write!(
            stream,
            "POST /rtcengine/api{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Basic {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.engine,
            BASE64_STANDARD.encode(LOGIN),
            body.len()
        )
        .expect("sent");
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 201"), "POST {path} {body}: {answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    }
}
