//! Planted secrets show up nowhere: not in answers, not in the log at its loudest, not in
//! what a page is told, not in the database file.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use super::world::{ADMIN, BASE, SECRETS_KEY, Who};
use crate::operation::Folder;
use crate::page::Page;
use crate::raw_http::request_with_body;

/// The binary, and all it has said.
struct Binary {
    child: Child,
    /// Read all the time: a full pipe would stop it.
    log: Receiver<String>,
    address: SocketAddr,
    said: String,
}

impl Binary {
    fn start(folder: &Folder) -> Binary {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rtc-engine"));
        command.current_dir(&folder.0).env("RUST_LOG", "trace").env("RTC__HTTP__LISTEN", "127.0.0.1:0");
        command.env("RTC__SECRETS__KEY", SECRETS_KEY).env("RTC__SHUTDOWN__DRAIN_S", "0");
        command.env("RTC__ADMIN__EMAIL", ADMIN.0).env("RTC__ADMIN__PASSWORD", ADMIN.1);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let stderr = BufReader::new(child.stderr.take().expect("stderr"));
        let (line, log) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|text| line.send(text)));
        let mut said = String::new();
        let address = loop {
            let text = log.recv().unwrap_or_else(|_| panic!("it ended: {said}"));
            said.push_str(&text);
            said.push('\n');
            if let Some((_, url)) = text.split_once("listening url=http://") {
                break url.trim_end_matches('/').parse().expect("an address");
            }
        };
        Binary { child, log, address, said }
    }

    fn ask(&self, who: &Who, method: &str, path: &str, body: &Value) -> String {
        // A GET has none: an unread one would reset the connection under its answer.
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let headers =
            format!("Authorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", who.0, body.len());
        let answer = request_with_body(self.address, method, &format!("{BASE}{path}"), &headers, &body);
        format!("{}\r\n{}", answer.head, answer.text())
    }

    fn make(&self, who: &Who, path: &str, body: &Value) -> (Value, String) {
        let answer = self.ask(who, "POST", path, body);
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let (_, json) = answer.rsplit_once("\r\n").expect("a body");
        (serde_json::from_str(json).expect("JSON"), answer)
    }

    /// Stops it; what it said in all its life.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        self.said.extend(self.log.iter().map(|text| text + "\n"));
        let output = self.child.stdout.take().expect("stdout");
        BufReader::new(output).read_to_string(&mut self.said).expect("its output");
        self.child.wait().expect("it ended");
        self.said
    }
}

#[test]
#[cfg(unix)]
fn planted_secrets_show_up_nowhere() {
    let folder = Folder::new();
    let binary = Binary::start(&folder);
    let (admin, anna) = (Who::admin(), Who::basic("anna@example.org", "planted-user-password"));
    let mut answers = String::new();
    let mut make = |who: &Who, path: &str, body: Value| {
        let (object, text) = binary.make(who, path, &body);
        answers.push_str(&text);
        object
    };
    make(&admin, "/users", json!({"email": "anna@example.org", "password": "planted-user-password"}));
    let app = make(&anna, "/apps", json!({"name": "n", "domain": "d"}));
    make(&anna, "/networks", json!({"tag": "net", "connector": "webrtc"}));
    // These two are shown by contract, once and to the owner; the log must not have them.
    let (session, _) = binary.make(&anna, "/sessions", &json!({"app": app["id"]}));
    let (key, _) = binary.make(&anna, "/keys", &json!({"name": "k", "scope": "read"}));
    let account = json!({"session": session["id"], "network": "net", "identifier": "anna", "accessToken": "planted-access-token"});
    make(&anna, "/accounts", account);
    let token = session["token"].as_str().expect("a token").to_owned();
    let key = key["key"].as_str().expect("a key").to_owned();
    let reader = Who::bearer(&key);
    for collection in ["users", "apps", "networks", "sessions", "accounts", "calls"] {
        answers.push_str(&binary.ask(&reader, "GET", &format!("/{collection}?expand=true"), &json!({})));
    }
    for body in [json!({"accessToken": ["planted-access-token"]}), json!({"session": "planted-access-token"})] {
        answers.push_str(&binary.ask(&anna, "POST", "/accounts", &body));
    }
    answers.push_str(&binary.ask(
        &Who::basic("anna@example.org", "planted-wrong-password"),
        "GET",
        "/users",
        &json!({}),
    ));
    let mut page = Page::open(binary.address, &token);
    page.connect();
    answers.push_str(&page.validated.to_string());
    drop(page);
    let log = binary.stop();
    assert!(log.contains(" TRACE "), "the log was at its loudest");

    let planted = ["planted-", "cGxhbnRlZC", token.as_str(), key.as_str()];
    let basic = [&admin, &anna, &reader].map(|who| who.0.split_once(' ').expect("credentials").1.to_owned());
    for secret in planted.into_iter().chain(basic.iter().map(String::as_str)) {
        assert!(!answers.contains(secret), "an answer shows {secret}");
        let shown = log.lines().find(|line| line.contains(secret));
        assert_eq!(shown, None, "the log shows {secret}");
    }
    for file in std::fs::read_dir(&folder.0).expect("the folder") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("its bytes");
        for secret in ["planted-", token.as_str(), key.as_str()] {
            let there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!there, "the database shows {secret}");
        }
    }
}
