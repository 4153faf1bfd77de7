//! Codecs, protection and pictures.

use serde_json::json;

use super::story::{Story, answer, both_hear, call_out};
use crate::support::{Kamailio, Options};

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
fn sip_calls_over_tls_are_protected_all_the_way() {
    let kamailio = Kamailio::start(&["anna", "bob"]);
    let tls = json!({ "ca": kamailio.certificate() });
    let config = json!({ "proxy": kamailio.uri("tls"), "tls": tls, "srtp": "sdes" });
    let story = Story::at(kamailio, &config);
    let options = Options { transport: "tls", encryption: Some("srtp-mand"), ..Options::default() };
    let (mut bob, anna) = (story.bob(options), story.anna());
    bob.ask("dial", "sip:anna@testbed.local;transport=tls");
    answer(&anna);
    bob.expect("CALL_ESTABLISHED");
    both_hear(&anna, &bob, 880);
    bob.ask("hangup", "");
    anna.wait("call.state === 'ended'");
    drop(bob);
    let mut bob = story.bob(Options { answers: true, ..options });
    call_out(&anna, &mut bob);
    both_hear(&anna, &bob, 880);
    anna.run("call.end()");
    bob.expect("CALL_CLOSED");
}

#[test]
fn sip_pictures_of_a_phone_are_seen() {
    for (name, codec) in [("VP8", "vp8"), ("H264", "h264")] {
        let story = Story::new(&json!({ "codecs": ["PCMA", name] }));
        let mut bob = story.bob(Options { answers: true, video: Some(codec), ..Options::default() });
        let anna = story.anna();
        anna.run("follow(net.call('bob', { stream: await open({ audio: true, video: true }) }))");
        bob.expect("CALL_ESTABLISHED");
        anna.wait("call.state === 'accepted' && call.connection?.connectionState === 'connected' && call.remoteStream");
        both_hear(&anna, &bob, 880);
        // Its picture stands still: that it has a size says it was decoded.
        let width: u32 = anna.eval("return (await probe.frames(call.remoteStream, 3000)).width");
        assert!(width > 0, "a picture in {name} expected");
        anna.run("call.end()");
        bob.expect("CALL_CLOSED");
    }
}
