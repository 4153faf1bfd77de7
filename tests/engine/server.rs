//! An engine for a story.

use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use rtc_engine::{Config, Engine};
use serde_json::{Value, json};

use crate::operation::Folder;
use crate::page::Page;
use crate::raw_http;

/// An engine on loopback, with everything in a folder of its own.
pub struct Server {
    pub address: SocketAddr,
    engine: Engine,
    folder: Folder,
}

impl Server {
    pub fn start() -> Server {
        Server::with("")
    }

    /// With further configuration; `[http]` and `[admin]` are taken.
    pub fn with(more: &str) -> Server {
        let folder = Folder::new();
        let text = format!("[http]\nlisten = '127.0.0.1:0'\nworkers = 2\n[admin]\npassword = 'for tests only'\n{more}");
        let config = Config::parse(&text, &folder.0, Default::default()).expect("a good configuration");
        let engine = Engine::start(config).expect("the engine starts");
        let address = engine.addresses()[0];
        Server { address, engine, folder }
    }

    /// Where phones reach it, where the configuration says.
    pub fn sip(&self) -> SocketAddr {
        self.engine.sip()[0].address
    }

    /// Drains it, in the background; the thread ends with the engine.
    pub fn stop(self) -> JoinHandle<()> {
        let Server { engine, folder, .. } = self;
        thread::spawn(move || {
            engine.stop();
            drop(folder);
        })
    }

    /// A session token of the demo user `name`.
    pub fn token(&self, name: &str) -> String {
        let body = json!({ "name": name }).to_string();
        let headers = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        let answer = raw_http::request_with_body(self.address, "POST", "/demo/session", &headers, &body);
        assert!(answer.status < 300, "demo sign-in answers {} {}", answer.status, answer.text());
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// A page signed in as `name`, its account connected.
    pub fn page(&self, name: &str) -> Page {
        let mut page = Page::open(self.address, &self.token(name));
        page.connect();
        page
    }
}
