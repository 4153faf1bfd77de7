//! Calls that are handed on.

use serde_json::json;

use super::story::{Story, both_hear, call_out};
use crate::support::{Baresip, Kamailio, Options};

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
