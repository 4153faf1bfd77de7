//! Each `config` key of a `sip-connector` network, shown by what a phone or a page sees of it. That its reader takes the key
//! is shown in `config::tests`, that wrong values get 422 too.
//!
//! | key | where |
//! | --- | --- |
//! | `registrar`, `expires` | `sip::tests::registers::a_challenge_of_the_registrar_is_answered` |
//! | `authUser`, `realm`, `transport`, `keepAlive`, `tls` | `sip::tests::config_keys` |
//! | `register` | `sip::tests::requests::a_caller_needs_the_contact_or_the_trust_of_the_network` |
//! | `proxy` | `phones::a_page_calls_a_phone`: the phone is the proxy |
//! | `trusted` | `trust::whom_the_network_trusts_may_ring_a_registration_too` |
//! | `trustIdentity` | here as sent, `trust::what_another_than_the_registrar_asserts_is_not_believed` as heard |
//! | `record` | `recordings::a_network_s_calls_are_recorded_into_what_its_config_says` |
//! | `domain`, `displayName`, `codecs`, `srtp`, `sessionExpires`, `prack`, `numberRules` | here, as [`INVITES`] |
//! | `dtmf`, `ringTimeout`, `capabilities`, `allowedTargets`, `maxCalls`, an account's own config | here |

use serde_json::json;
use sip::message::{Method, Status, name};

use super::phone::{Phone, SDP};
use super::phones::{start, with};
use super::scene::{dial, registered, scene_with};
use super::server::Server;

/// A row: the keys, what is dialled, what the INVITE then has and what it has not.
type Invite = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const INVITES: &[Invite] = &[
    (
        r#"{}"#,
        "ben",
        &["INVITE sip:ben@a.example SIP", "RTP/AVP ", "Session-Expires: 1800"],
        &["a=crypto", "100rel", "P-A"],
    ),
    (r#"{"domain":"b.example"}"#, "ben", &["INVITE sip:ben@b.example SIP"], &[]),
    (r#"{"displayName":"Anna A."}"#, "ben", &["From: \"Anna A.\" <sip:anna@a.example>"], &[]),
    (r#"{"trustIdentity":true}"#, "ben", &["P-Asserted-Identity: <sip:anna@a.example>"], &[]),
    (r#"{"codecs":["PCMA","PCMU"]}"#, "ben", &["RTP/AVP 8 0 "], &["opus", "G722"]),
    (r#"{"codecs":["PCMU","opus"]}"#, "ben", &["RTP/AVP 0 "], &["PCMA"]),
    (r#"{"srtp":"optional"}"#, "ben", &["RTP/AVP ", "a=crypto"], &["RTP/SAVP "]),
    (r#"{"srtp":"sdes"}"#, "ben", &["RTP/SAVP ", "a=crypto"], &["RTP/AVP "]),
    (r#"{"srtp":"dtls"}"#, "ben", &["UDP/TLS/RTP/SAVP", "a=fingerprint"], &["a=crypto", "RTP/AVP "]),
    (r#"{"sessionExpires":300}"#, "ben", &["Session-Expires: 300"], &[]),
    (r#"{"sessionExpires":0}"#, "ben", &[], &["Session-Expires"]),
    (r#"{"prack":true}"#, "ben", &["100rel"], &[]),
    (r#"{"numberRules":[{"match":"0*","replace":"+49$1"}]}"#, "030 / 1", &["INVITE sip:+49301@a.example SIP"], &[]),
];

#[test]
fn an_invite_is_as_the_keys_say() {
    for (config, target, has, has_not) in INVITES {
        let (mut phone, _server, mut page) = scene_with(&serde_json::from_str(config).unwrap());
        let (_, invite) = dial(&mut page, &mut phone, target);
        let text = String::from_utf8_lossy(&invite.to_bytes()).into_owned();
        for part in *has {
            assert!(text.contains(part), "{config}: no {part}\n{text}");
        }
        for part in *has_not {
            assert!(!text.contains(part), "{config}: {part}\n{text}");
        }
    }
}

#[test]
fn prack_makes_what_a_caller_hears_reliable() {
    for (config, is_reliable) in [(json!({ "prack": true }), true), (json!({}), false)] {
        let (mut phone, _server, mut page) = scene_with(&config);
        phone.invite(phone.binding(), &[(name::SUPPORTED, "100rel".to_owned())]);
        let offered = page.expect("call.start");
        page.call("ringing", super::phones::leg_of(&offered));
        assert_eq!(phone.response(Status::RINGING).headers.has(&name::RSEQ), is_reliable, "{config}");
    }
}

#[test]
fn dtmf_goes_as_the_key_says() {
    let without_events = SDP.replace(" 101", "").replace("a=rtpmap:101 telephone-event/8000\r\n", "");
    assert!(!without_events.contains("telephone-event"));
    for (dtmf, sdp, by_info) in [
        ("info", SDP, true),
        ("auto", without_events.as_str(), true),
        ("auto", SDP, false),
        ("rfc4733", without_events.as_str(), false),
    ] {
        let (mut phone, _server, mut page) = scene_with(&json!({ "dtmf": dtmf }));
        let (leg, invite) = dial(&mut page, &mut phone, "ben");
        phone.answer_with(&invite, Status::OK, sdp);
        phone.request(&Method::Ack);
        page.expect("call.accept");
        page.call("ack.accept", leg.clone());
        page.call("dtmf", with(&leg, "dtmf", "5".into()));
        if dtmf == "rfc4733" {
            page.refused("notSupported");
        }
        page.call("end", with(&leg, "reason", "normal".into()));
        // What comes first: the key, or already the end.
        let next = phone.any_request();
        assert_eq!(*next.method() == Method::Info, by_info, "{dtmf}: {next:?}");
    }
}

#[test]
fn a_call_rings_as_long_as_ring_timeout_says() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "ringTimeout": 1 }));
    let (_, invite) = dial(&mut page, &mut phone, "ben");
    phone.answer(&invite, Status::RINGING);
    page.expect("call.ringing");
    assert_eq!(page.expect("call.end")["reason"], "noAnswer");
    phone.request(&Method::Cancel);
}

#[test]
fn no_more_calls_than_max_calls_and_none_but_to_allowed_targets() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "maxCalls": 1, "allowedTargets": ["+49*", "ben"] }));
    for target in ["carol", "+4830", "ben@b.example"] {
        start(&mut page, target);
        page.refused("forbidden");
    }
    dial(&mut page, &mut phone, "+4930");
    start(&mut page, "ben");
    page.refused("limitExceeded");
    phone.call();
    phone.response(Status::TEMPORARILY_UNAVAILABLE);
}

#[test]
fn a_page_is_told_of_the_capabilities() {
    let (_phone, _server, page) = scene_with(&json!({ "capabilities": ["audio", "dtmf"] }));
    let account = page.validated["accounts"][page.account().0].clone();
    assert_eq!(account["network"]["capabilities"], json!(["audio", "dtmf"]));
}

#[test]
fn an_account_s_own_config_wins_over_its_network_s() {
    let mut phone = Phone::new();
    let server = Server::with_network(phone.address(), &json!({ "displayName": "The shop", "codecs": ["PCMU"] }));
    let own = json!({ "displayName": "Cleo" }).as_object().unwrap().clone();
    server.directory.overrides.lock().unwrap().insert("cleo".into(), own);
    for (user, named) in [("anna", "The shop"), ("cleo", "Cleo")] {
        let mut page = registered(&server, &mut phone, user);
        let (_, invite) = dial(&mut page, &mut phone, "ben");
        assert_eq!(invite.headers.from().unwrap().display(), Some(named));
        let sdp = String::from_utf8_lossy(invite.body()).into_owned();
        assert!(sdp.contains("RTP/AVP 0 "), "the rest is the network's: {sdp}");
    }
}
