//! SIPp against SIPp, without the engine: the scenario language means what it says.

use crate::support::{Scenario, Side};

/// What the caller says, what the called says.
const CALLS: &[(&str, &str)] = &[
    ("> INVITE sdp\n<? 100\n< 180\n< 200\n> ACK\n> BYE\n< 200", "< INVITE\n> 180\n> 200 sdp\n< ACK\n< BYE\n> 200"),
    ("> INVITE sdp\n< 486\n> ACK failed", "< INVITE\n> 486\n< ACK"),
    (
        "> INVITE sdp\n< 180\n> CANCEL\n< 200\n< 487\n> ACK failed",
        "< INVITE\n> 180\n< CANCEL\n> 200\n> 487 invite\n< ACK",
    ),
    (
        "> INVITE sdp\n< 200\n> ACK\n< INVITE\n> 200 sdp\n< ACK\n< BYE\n> 200",
        "< INVITE\n> 200 sdp\n< ACK\n> INVITE sdp:hold\n< 200\n> ACK\n> BYE\n< 200",
    ),
];

#[test]
fn sip_scenarios_of_both_sides_fit_together() {
    for (caller, called) in CALLS {
        let nobody = "127.0.0.1:9".parse().expect("an address");
        let called = Scenario::start(Side::Answers, called, nobody, "bob");
        let address = called.address().parse().expect("an address");
        let caller = Scenario::start(Side::Calls, caller, address, "bob");
        caller.result().expect("the caller sees its script");
        called.result().expect("the called sees its script");
    }
}

#[test]
fn sip_scenario_fails_on_what_it_does_not_expect() {
    let nobody = "127.0.0.1:9".parse().expect("an address");
    let called = Scenario::start(Side::Answers, "< INVITE\n> 486\n< ACK", nobody, "bob");
    let address = called.address().parse().expect("an address");
    let caller = Scenario::start(Side::Calls, "> INVITE sdp\n< 200\n> ACK", address, "bob");
    assert!(caller.result().is_err(), "busy is not an answer");
}
