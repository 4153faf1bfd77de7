//! A phone that makes its keys by DTLS, and one that does ICE.

use serde_json::json;

use super::story::{Story, both_hear, call_out};
use crate::browser_calls::hears;
use crate::support::Options;

fn phone(encryption: Option<&'static str>, ice: bool) -> Options {
    Options { encryption, ice, ..Options::default() }
}

/// Each calls the other, and both hear; a hold in between changes nothing of it.
#[track_caller]
fn calls_both_ways(srtp: &str, options: Options) {
    let story = Story::new(&json!({ "srtp": srtp, "ice": options.ice }));
    let mut bob = story.bob(options);
    let anna = story.anna();
    bob.ask("dial", "sip:anna@testbed.local");
    anna.wait("globalThis.call?.state === 'ringing'");
    anna.run("await call.accept({ stream: await open({ audio: true }) })");
    bob.expect("CALL_ESTABLISHED");
    anna.wait("call.connection?.connectionState === 'connected' && call.remoteStream");
    both_hear(&anna, &bob, 880);
    bob.ask("hold", "");
    anna.wait("log.includes('held:true')");
    bob.ask("resume", "");
    anna.wait("log.includes('held:false')");
    // baresip goes on hearing after a hold, but its recorder does not.
    hears(&anna, 880);
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
fn sip_dtls_makes_the_keys_whoever_calls() {
    calls_both_ways("dtls", phone(Some("dtls_srtp"), false));
}

#[test]
fn sip_dtls_goes_over_the_pair_that_ice_finds() {
    calls_both_ways("dtls", phone(Some("dtls_srtp"), true));
}

#[test]
fn sip_ice_finds_a_phone_that_protects_nothing() {
    calls_both_ways("off", phone(None, true));
}
