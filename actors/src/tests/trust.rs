//! Who of the network may ring an account, and who may touch its calls.

use serde_json::json;
use sip::message::{Method, Request, Status, Uri, name};

use super::scene::{dial, establish, registered, scene, scene_with};

/// What the far end of `invite` was told to send its requests to.
fn contact(invite: &Request) -> Uri {
    invite.headers.contacts().unwrap().first().unwrap().uri.clone()
}

#[test]
fn a_registration_is_rung_from_its_registrar_only() {
    let (phone, _server, mut page) = scene();
    let mut stranger = phone.stranger();
    stranger.call();
    stranger.response(Status::NOT_FOUND);
    phone.call();
    assert_eq!(page.expect("call.start")["peer"]["uri"], "sip:ben@b.example");
}

#[test]
fn whom_the_network_trusts_may_ring_a_registration_too() {
    let (phone, _server, mut page) = scene_with(&json!({ "trusted": ["127.0.0.2"] }));
    phone.stranger().call();
    page.expect("call.start");
}

#[test]
fn what_a_called_phone_is_told_rings_nobody() {
    let (mut phone, _server, mut page) = scene();
    let (_, invite) = dial(&mut page, &mut phone, "ben");
    phone.invite(contact(&invite), &[]);
    phone.response(Status::NOT_FOUND);
    let mut stranger = phone.stranger();
    stranger.invite(contact(&invite), &[]);
    stranger.response(Status::NOT_FOUND);
}

#[test]
fn who_knows_a_call_takes_its_phones_place_and_asserts_nothing() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "trustIdentity": true }));
    let (_, invite) = establish(&mut page, &mut phone);
    let mut stranger = phone.stranger();
    let asserted = (name::P_ASSERTED_IDENTITY, "<sip:bank@a.example>".to_owned());
    stranger.invite(contact(&invite), &[phone.replacing(&invite), asserted]);
    stranger.response(Status::OK);
    phone.request(&Method::Bye);
    assert_eq!(page.expect("call.info")["peer"]["uri"], "sip:ben@b.example");
}

#[test]
fn a_call_of_another_account_is_not_replaced() {
    let (mut phone, server, mut page) = scene();
    let (_, invite) = establish(&mut page, &mut phone);
    let _cleo = registered(&server, &mut phone, "cleo");
    phone.invite(phone.binding(), &[phone.replacing(&invite)]);
    phone.response(Status::CALL_DOES_NOT_EXIST);
}

#[test]
fn what_another_than_the_registrar_asserts_is_not_believed() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "trustIdentity": true }));
    phone.invite(phone.binding(), &[(name::P_ASSERTED_IDENTITY, "<sip:boss@a.example>".to_owned())]);
    assert_eq!(page.expect("call.start")["peer"]["uri"], "sip:boss@a.example");
    let (_, invite) = dial(&mut page, &mut phone, "ben");
    assert!(invite.headers.has(&name::P_ASSERTED_IDENTITY));
}
