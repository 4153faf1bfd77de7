//! Calls that are made, held, reloaded and ended.

use serde_json::json;

use super::story::{Story, answer, both_hear, call_out};
use crate::browser_calls::hears;
use crate::support::{Linphone, Options, Server, Tone};

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
    answer(&anna);
    bob.expect("CALL_ESTABLISHED");
    both_hear(&anna, &bob, 880);
    bob.ask("hangup", "");
    anna.wait("call.state === 'ended'");
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
fn sip_linphone_and_a_page_hear_each_other() {
    let story = Story::new(&json!({}));
    let tone = Tone::new(701);
    let (mut bob, anna) = (Linphone::start(&story.kamailio, "bob", &tone), story.anna());
    bob.tell("call sip:anna@testbed.local");
    answer(&anna);
    (0..3).for_each(|_| hears(&anna, 701));
    bob.tell("terminate");
    anna.wait("call.state === 'ended'");
    // Its recorder writes at the end of a call.
    bob.hears(523);
}
