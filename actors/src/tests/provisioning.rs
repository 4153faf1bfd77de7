//! Provisioning changes what is being read at the moment.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;
use signal::SessionId;
use uuid::Uuid;

use super::page::Page;
use super::server::Server;
use crate::directory::Change;

#[test]
fn a_session_deleted_while_it_is_read_does_not_live_on() {
    let server = Server::start();
    let directory = &server.directory;
    directory.slow.store(true, Ordering::Relaxed);
    let mut page = Page::raw(server.address);
    page.send(&json!({ "method": "session.open", "to": "core", "body": { "credentials": { "userSession": "anna" } } }));
    let until = Instant::now() + Duration::from_secs(10);
    while !directory.held.load(Ordering::Relaxed) {
        assert!(Instant::now() < until, "nobody asks");
        std::thread::yield_now();
    }
    directory.deleted.store(true, Ordering::Relaxed);
    let anna = SessionId(Uuid::from_bytes(*b"anna\0\0\0\0\0\0\0\0\0\0\0\0"));
    server.exchange.change(Change::SessionsEnded(vec![anna]));
    directory.gate.notify_one();
    assert_eq!(page.expect("session.validated")["result"], true, "it was read before");
    assert_eq!(page.closed(), 4401);
}
