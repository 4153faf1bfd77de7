//! A page and a phone call each other through the engine and a registrar.

use serde_json::json;

use crate::browser_calls::hears;
use crate::support::{Baresip, Driver, Kamailio, Linphone, Options, Page, Provision, Server, Tone, Wire};

/// An engine whose page `anna` is registered at the registrar of a phone.
struct Story {
    kamailio: Kamailio,
    server: Server,
    driver: Driver,
    token: String,
    tone: Tone,
}

impl Story {
    fn new(config: &serde_json::Value) -> Story {
        Story::at(Kamailio::start(&["anna", "bob"]), config)
    }

    fn at(kamailio: Kamailio, config: &serde_json::Value) -> Story {
        let (server, driver) = (Server::start(), Driver::start());
        let provision = Provision::at(server.address);
        let mut whole = json!({ "proxy": kamailio.uri("udp") });
        whole.as_object_mut().expect("an object").extend(config.as_object().expect("an object").clone());
        provision.network("phones", &whole);
        let token = provision.session("phones", "sip:anna@testbed.local", "annapw");
        Story { kamailio, server, driver, token, tone: Tone::new(523) }
    }

    fn anna(&self) -> Page {
        let page = self.driver.page_hearing("anna", &self.tone);
        self.server.sign_in_with(&page, &self.token);
        page
    }

    fn bob(&self, options: Options) -> Baresip {
        Baresip::start(&self.kamailio, "bob", options)
    }
}

/// The page calls the phone, which answers.
#[track_caller]
fn call_out(anna: &Page, bob: &mut Baresip) {
    anna.run("follow(net.call('bob', { stream: await open({ audio: true }) }))");
    bob.expect("CALL_ESTABLISHED");
    anna.wait("call.state === 'accepted' && call.connection?.connectionState === 'connected' && call.remoteStream");
}

/// Each hears the other's tone.
#[track_caller]
fn both_hear(anna: &Page, bob: &Baresip, hz: u32) {
    hears(anna, hz);
    bob.listens(2.0);
    bob.heard().is_mostly(523);
}

#[test]
fn sip_page_calls_a_phone() {
    let story = Story::new(&json!({}));
    let mut bob = story.bob(Options { answers: true, ..Options::default() });
    let anna = story.anna();
    call_out(&anna, &mut bob);
    both_hear(&anna, &bob, 880);
    anna.run("call.sendDTMF('5')");
    assert_eq!(bob.expect("CALL_DTMF_START"), "5");
    bob.ask("sndcode", "7");
    anna.wait("log.includes('dtmf:7')");
    anna.run("call.end()");
    bob.expect("CALL_CLOSED");
}

#[test]
fn sip_phone_calls_a_page() {
    let story = Story::new(&json!({}));
    let (mut bob, anna) = (story.bob(Options::default()), story.anna());
    bob.ask("dial", "sip:anna@testbed.local");
    anna.wait("globalThis.call?.state === 'ringing'");
    anna.run("await call.accept({ stream: await open({ audio: true }) })");
    bob.expect("CALL_ESTABLISHED");
    anna.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
    both_hear(&anna, &bob, 880);
    bob.ask("hangup", "");
    anna.wait("call.state === 'ended'");
}

#[test]
fn sip_account_registers_with_each_transport() {
    let kamailio = Kamailio::start(&["anna"]);
    let server = Server::start();
    let provision = Provision::at(server.address);
    for transport in ["udp", "tcp", "tls"] {
        let tls = json!({ "ca": kamailio.certificate() });
        provision.network(transport, &json!({ "proxy": kamailio.uri(transport), "tls": tls }));
        let token = provision.session(transport, "sip:anna@testbed.local", "annapw");
        Wire::open(server.address, &token).play("> connect\n< state connected ok").expect(transport);
    }
}

#[test]
fn sip_account_with_a_wrong_password_says_so_once() {
    let (kamailio, server) = (Kamailio::start(&["anna"]), Server::start());
    let provision = Provision::at(server.address);
    provision.network("phones", &json!({ "proxy": kamailio.uri("udp") }));
    let token = provision.session("phones", "sip:anna@testbed.local", "guessed");
    Wire::open(server.address, &token).play("> connect\n< state failed wrongCredentials").expect("refused");
}

/// The codec a phone speaks, or how it protects its media.
const KINDS: &[(&str, Option<&str>, &str)] = &[
    ("PCMU/8000/1", None, "off"),
    ("G722/16000/1", None, "off"),
    ("opus/48000/2", None, "off"),
    ("PCMA/8000/1", Some("srtp"), "optional"),
    ("PCMA/8000/1", Some("srtp-mand"), "sdes"),
];

#[test]
fn sip_each_kind_of_media_is_heard_both_ways() {
    for (codecs, encryption, srtp) in KINDS {
        let story = Story::new(&json!({ "srtp": srtp }));
        let options = Options { codecs, encryption: *encryption, answers: true, ..Options::default() };
        let (mut bob, anna) = (story.bob(options), story.anna());
        call_out(&anna, &mut bob);
        both_hear(&anna, &bob, 880);
        anna.run("call.end()");
        bob.expect("CALL_CLOSED");
    }
}

#[test]
fn sip_a_hold_is_seen_from_either_side() {
    let story = Story::new(&json!({}));
    let mut bob = story.bob(Options { answers: true, ..Options::default() });
    let anna = story.anna();
    call_out(&anna, &mut bob);
    both_hear(&anna, &bob, 880);
    bob.ask("hold", "");
    anna.wait("log.includes('held:true')");
    bob.ask("resume", "");
    anna.wait("log.includes('held:false')");
    let mark = bob.mark();
    anna.run("await call.hold()");
    anna.run("await call.resume()");
    // baresip goes on hearing after a hold, but its recorder does not.
    hears(&anna, 880);
    let invites = bob.requests_since(mark).iter().filter(|line| line.starts_with("INVITE")).count();
    assert_eq!(invites, 2, "a hold and a resume");
    bob.ask("hangup", "");
    anna.wait("call.state === 'ended'");
}

#[test]
fn sip_a_phone_notices_nothing_of_a_reload() {
    let story = Story::new(&json!({}));
    let mut bob = story.bob(Options { answers: true, ..Options::default() });
    let anna = story.anna();
    call_out(&anna, &mut bob);
    both_hear(&anna, &bob, 880);
    let mark = bob.mark();
    anna.reload();
    Server::join(&anna, "nobody");
    anna.run("follow(net.reclaim(client.reclaimable[0], { stream: await open({ audio: true }) }))");
    anna.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
    bob.listens(3.0);
    hears(&anna, 880);
    assert_eq!(bob.requests_since(mark), Vec::<String>::new(), "no SIP");
    let gap = bob.heard().longest_gap_s(523);
    assert!(gap < 2.0, "the phone heard nothing for {gap} s");
    anna.run("call.end()");
    bob.expect("CALL_CLOSED");
}

#[test]
fn sip_a_phone_is_sent_to_another_and_sends_the_page_to_another() {
    let kamailio = Kamailio::start(&["anna", "bob", "carol"]);
    let story = Story::at(kamailio, &json!({}));
    let mut bob = story.bob(Options { answers: true, ..Options::default() });
    let mut carol = Baresip::start(&story.kamailio, "carol", Options { answers: true, hz: 660, ..Options::default() });
    let anna = story.anna();
    call_out(&anna, &mut bob);
    bob.ask("transfer", "sip:carol@testbed.local");
    carol.expect("CALL_ESTABLISHED");
    bob.expect("CALL_CLOSED");
    both_hear(&anna, &carol, 660);
    anna.run("call.transfer('sip:bob@testbed.local')");
    bob.expect("CALL_ESTABLISHED");
    anna.wait("call.state === 'ended'");
    carol.expect("CALL_CLOSED");
}

#[test]
fn sip_pictures_of_a_phone_are_seen() {
    let story = Story::new(&json!({ "codecs": ["PCMA", "VP8"] }));
    let mut bob = story.bob(Options { answers: true, video: true, ..Options::default() });
    let anna = story.anna();
    anna.run("follow(net.call('bob', { stream: await open({ audio: true, video: true }) }))");
    bob.expect("CALL_ESTABLISHED");
    anna.wait("call.state === 'accepted' && call.connection?.connectionState === 'connected' && call.remoteStream");
    both_hear(&anna, &bob, 880);
    // Its picture stands still: that it has a size says it was decoded.
    let width: u32 = anna.eval("return (await probe.frames(call.remoteStream, 3000)).width");
    assert!(width > 0, "a picture expected");
    anna.run("call.end()");
    bob.expect("CALL_CLOSED");
}

#[test]
fn sip_account_returns_after_the_registrar_was_away() {
    let mut kamailio = Kamailio::start(&["anna"]);
    let server = Server::start();
    let provision = Provision::at(server.address);
    provision.network("phones", &json!({ "proxy": kamailio.uri("tcp"), "keepAlive": 5 }));
    let token = provision.session("phones", "sip:anna@testbed.local", "annapw");
    let mut page = Wire::open(server.address, &token);
    page.play("> connect\n< state connected ok").expect("registered");
    kamailio.stop();
    page.play("< state failed unreachable").expect("told");
    kamailio.restart();
    page.play("< state connected ok").expect("registered again");
}

#[test]
fn sip_linphone_and_a_page_hear_each_other() {
    let story = Story::new(&json!({}));
    let tone = Tone::new(701);
    let (mut bob, anna) = (Linphone::start(&story.kamailio, "bob", &tone), story.anna());
    bob.tell("call sip:anna@testbed.local");
    anna.wait("globalThis.call?.state === 'ringing'");
    anna.run("await call.accept({ stream: await open({ audio: true }) })");
    anna.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
    hears(&anna, 701);
    bob.tell("terminate");
    anna.wait("call.state === 'ended'");
    bob.heard().is_mostly(523);
}
