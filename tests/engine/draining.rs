//! The engine is asked to end while a call runs.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::calls::{end, establish, start};
use crate::page::Page;
use crate::raw_http::get;
use crate::server::Server;

/// Longest wait for a state that must come.
const PATIENCE: Duration = Duration::from_secs(10);

fn until_draining(address: SocketAddr) {
    let until = Instant::now() + PATIENCE;
    while get(address, "/readyz").status != 503 {
        assert!(Instant::now() < until, "it never drained");
    }
}

#[test]
fn a_running_call_goes_on_and_nothing_new_begins() {
    let server = Server::with("[shutdown]\ndrain_s = 60");
    let address = server.address;
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    let legs = establish(&mut anna, &mut ben, "ben");
    let stopping = server.stop();
    until_draining(address);
    assert_eq!(get(address, "/readyz").text(), "draining\n");
    assert_eq!(get(address, "/healthz").status, 200);
    let mut late = Page::raw(address);
    late.send(&json!({ "method": "session.open", "body": { "credentials": { "userSession": anna.token } } }));
    assert_eq!(late.expect("session.validated")["reason"]["type"], "internalError");
    anna.cut();
    let mut anna = Page::resume(address, &anna);
    assert_eq!(anna.validated["resumed"], true);
    start(&mut anna, "ben");
    assert_eq!(anna.expect("call.end")["reason"], "unavailable");
    anna.call("dtmf", json!({ "id": legs.caller, "gcid": legs.gcid, "dtmf": "1" }));
    assert_eq!(ben.expect("call.dtmf")["dtmf"], "1");
    end(&mut anna, &mut ben, &legs);
    stopping.join().expect("it ends by itself once no call is left");
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn a_call_that_outlasts_the_drain_is_ended_with_a_reason() {
    let server = Server::with("[shutdown]\ndrain_s = 0");
    let (mut anna, mut ben) = (server.page("anna"), server.page("ben"));
    establish(&mut anna, &mut ben, "ben");
    let stopping = server.stop();
    for (words, code) in [anna.last_words(), ben.last_words()] {
        assert_eq!(code, 1012, "service restart");
        let ended = words.iter().find(|frame| frame["method"] == "call.end").expect("told before its socket closes");
        assert_eq!(ended["body"]["reason"], "unavailable");
    }
    stopping.join().expect("it ends");
}
