//! Calls that do not begin.

use serde_json::json;

use super::page::{Page, id};
use super::server::Server;

fn start(page: &mut Page, target: &str) {
    let account = page.account().0;
    page.call(
        "start",
        json!({ "id": id(), "gcid": id(), "account": account, "trickle": true, "target": target, "sdp": SDP }),
    );
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";

#[test]
fn a_session_begins_only_so_many_calls_a_minute() {
    let server = Server::start();
    let mut anna = server.page("anna");
    for _ in 0..server.exchange.settings.limits.calls_per_minute {
        start(&mut anna, "nobody");
        let ended = anna.expect("call.end");
        assert_eq!(ended["reason"], "notFound");
        anna.call("ack.end", ended);
        // Its answer comes after the call is forgotten.
        anna.silent();
    }
    start(&mut anna, "nobody");
    anna.refused("rateLimited");
    let mut ben = server.page("ben");
    start(&mut ben, "nobody");
    assert_eq!(ben.expect("call.end")["reason"], "notFound");
}

#[test]
fn a_network_that_wants_what_is_not_built_gets_no_call_without_it() {
    let server = Server::start();
    for key in ["relay", "record"] {
        let mut page = server.page(key);
        start(&mut page, "nobody");
        let error = page.refused("notSupported");
        assert!(error["message"].as_str().is_some_and(|message| message.contains(key)), "{error}");
    }
}
