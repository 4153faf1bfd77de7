//! Codecs, protection and pictures.

use serde_json::json;

use super::story::{Story, both_hear, call_out};
use crate::support::Options;

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
