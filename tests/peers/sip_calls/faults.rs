//! What goes wrong: phones that say nothing, or die, or move, and a proxy that is away.

use std::time::Duration;

use serde_json::json;

use super::story::{Story, answer, both_hear, call_out};
use crate::browser_calls::hears;
use crate::support::{Driver, Kamailio, Options, Page, Provision, Rtp, Scenario, Server, Side, Tone, Wire};

/// No leg outlives its peer by more.
const LONGEST: Duration = Duration::from_secs(90);

#[test]
fn sip_a_phone_that_nobody_answers_rings_for_its_time() {
    let story = Story::new(&json!({ "ringTimeout": 3 }));
    let (mut bob, anna) = (story.bob(Options::default()), story.anna());
    anna.run("follow(net.call('bob', { stream: await open({ audio: true }) }))");
    bob.expect("CALL_INCOMING");
    anna.wait("call.state === 'ended'");
    assert_eq!(anna.eval::<String>("return call.endedReason"), "noAnswer");
    bob.expect("CALL_CLOSED");
}

#[test]
fn sip_a_call_outlives_its_proxy() {
    let mut story = Story::new(&json!({}));
    let mut bob = story.bob(Options { answers: true, ..Options::default() });
    let anna = story.anna();
    call_out(&anna, &mut bob);
    story.kamailio.stop();
    both_hear(&anna, &bob, 880);
    story.kamailio.restart();
    both_hear(&anna, &bob, 880);
    anna.run("call.end()");
    bob.expect("CALL_CLOSED");
}

/// A page whose phone is SIPp.
fn trunk(server: &Server, driver: &Driver, tone: &Tone, user: &str) -> Page {
    let provision = Provision::at(server.address);
    let config = json!({ "register": false, "trusted": ["127.0.0.1/32"], "proxy": "sip:127.0.0.1:9", "dtmf": "info" });
    provision.network("trunk", &config);
    let token = provision.session("trunk", &format!("sip:{user}@127.0.0.1"), "secret");
    let page = driver.page_hearing(user, tone);
    server.sign_in_with(&page, &token);
    page
}

const LISTENS: &str = "[sip]\nlisten = ['udp:127.0.0.1:0']";

#[test]
fn sip_a_phone_that_moves_takes_its_audio_along() {
    let (server, driver, tone) = (Server::with(LISTENS), Driver::beside_others(), Tone::new(523));
    let anna = trunk(&server, &driver, &tone, "anna");
    let (first, second) = (Rtp::speaking(880), Rtp::speaking(701));
    let script = format!(
        "> INVITE sdp:at:{}\n<? 100\n< 180\n< 200\n> ACK\n< INFO\n> 200\n\
         > INVITE sdp:at:{}\n<? 100\n< 200\n> ACK\n< BYE\n> 200",
        first.port, second.port
    );
    let phone = Scenario::start(Side::Calls, &script, server.sip(), "anna");
    answer(&anna);
    first.hears(523);
    hears(&anna, 880);
    anna.run("call.sendDTMF('5')");
    second.hears(523);
    hears(&anna, 701);
    let before = first.packets();
    second.hears(523);
    assert_eq!(first.packets(), before, "where it was it gets nothing more");
    anna.run("call.end()");
    phone.result().expect("both descriptions taken");
}

#[test]
fn sip_a_phone_that_dies_takes_its_call_down() {
    let story = Story::new(&json!({}));
    let mut bob = story.bob(Options { answers: true, ..Options::default() });
    let anna = story.anna();
    call_out(&anna, &mut bob);
    both_hear(&anna, &bob, 880);
    story.driver.only_waits();
    bob.dies();
    anna.wait_for("call.state === 'ended'", LONGEST);
    assert_eq!(anna.eval::<String>("return call.endedReason"), "connectionLost");
}

#[test]
fn sip_a_phone_that_never_confirms_its_call_is_hung_up() {
    let (server, driver, tone) = (Server::with(LISTENS), Driver::beside_others(), Tone::new(523));
    let anna = trunk(&server, &driver, &tone, "anna");
    // RFC 3261 section 13.3.1.4: BYE after 64*T1. It sends no media, so that nothing else ends the call.
    let script = "> INVITE sdp:inactive\n<? 100\n< 180\n< 200\n< BYE\n> 200";
    let phone = Scenario::start(Side::Calls, script, server.sip(), "anna");
    anna.wait("globalThis.call?.state === 'ringing'");
    anna.run("await call.accept({ stream: await open({ audio: true }) })");
    driver.only_waits();
    phone.result().expect("hung up");
    anna.wait("call.state === 'ended'");
    assert_eq!(anna.eval::<String>("return call.endedReason"), "timeout");
}

#[test]
fn sip_accounts_return_after_an_outage_all_of_them() {
    const USERS: usize = 12;
    let names: Vec<String> = (0..USERS).map(|number| format!("user{number}")).collect();
    let mut kamailio = Kamailio::start(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let server = Server::start();
    let provision = Provision::at(server.address);
    provision.network("phones", &json!({ "proxy": kamailio.uri("tcp"), "keepAlive": 5 }));
    let token = |name: &String| provision.session("phones", &format!("sip:{name}@testbed.local"), &format!("{name}pw"));
    let mut pages: Vec<Wire> = names.iter().map(|name| Wire::open(server.address, &token(name))).collect();
    let mut all = |script: &str| pages.iter_mut().for_each(|page| page.play(script).expect("told"));
    all("> connect\n< state connected ok");
    kamailio.stop();
    all("< state failed unreachable");
    kamailio.restart();
    all("< state connected ok");
}
