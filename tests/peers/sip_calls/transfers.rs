//! Calls that are handed on.

use serde_json::json;

use super::story::{Story, answer, both_hear, call_out};
use crate::browser_calls::hears;
use crate::support::{Baresip, Kamailio, Linphone, Options, Tone};

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

/// Linphone consults: it reads Replaces, and sends it.
struct Three {
    story: Story,
    bob: Linphone,
    carol: Linphone,
    _tones: (Tone, Tone),
}

impl Three {
    fn new() -> Three {
        let tones = (Tone::new(701), Tone::new(880));
        let story = Story::at(Kamailio::start(&["anna", "bob", "carol"]), &json!({}));
        let bob = Linphone::start(&story.kamailio, "bob", &tones.0);
        let carol = Linphone::start(&story.kamailio, "carol", &tones.1);
        Three { story, bob, carol, _tones: tones }
    }
}

/// A phone answers what rings.
#[track_caller]
fn answers(phone: &mut Linphone) {
    phone.says("new incoming call");
    phone.tell("answer");
}

#[test]
fn sip_a_phone_consults_and_hands_the_page_on() {
    let Three { story, mut bob, mut carol, _tones } = Three::new();
    let anna = story.anna();
    bob.tell("call sip:anna@testbed.local");
    answer(&anna);
    hears(&anna, 701);
    bob.tell("pause");
    anna.wait("log.includes('held:true')");
    bob.tell("call sip:carol@testbed.local");
    answers(&mut carol);
    bob.says("established with sip:carol");
    bob.tell("transfer 1 --to-call 2");
    carol.hears(523);
    hears(&anna, 880);
    anna.run("call.end()");
    carol.says("ended");
}

#[test]
fn sip_a_phone_consults_the_page_and_hands_another_phone_to_it() {
    let Three { story, mut bob, mut carol, _tones } = Three::new();
    let anna = story.anna();
    bob.tell("call sip:carol@testbed.local");
    answers(&mut carol);
    bob.says("connected");
    bob.tell("pause");
    bob.says("is now paused");
    bob.tell("call sip:anna@testbed.local");
    answer(&anna);
    hears(&anna, 701);
    bob.tell("pause");
    bob.tell("transfer 1 --to-call 2");
    carol.hears(523);
    hears(&anna, 880);
    carol.tell("terminate");
    anna.wait("call.state === 'ended'");
}

#[test]
fn sip_a_page_consults_and_hands_a_phone_to_another() {
    let Three { story, mut bob, mut carol, _tones } = Three::new();
    let anna = story.anna();
    for (name, phone) in [("bob", &mut bob), ("carol", &mut carol)] {
        anna.eval_with::<()>(
            "await globalThis.call?.hold(); globalThis.first = globalThis.call;
            follow(net.call(arg, { stream: await open({ audio: true }) }))",
            json!(name),
        );
        answers(phone);
        anna.wait("call.state === 'accepted' && call.connection?.connectionState === 'connected' && call.remoteStream");
    }
    hears(&anna, 880);
    anna.run("first.on('transfer', ({ state }) => log.push('transfer:' + state)); first.transfer(call)");
    anna.wait("first.state === 'ended' && call.state === 'ended'");
    bob.hears(880);
    carol.hears(701);
    bob.tell("terminate");
    carol.says("ended");
}
