//! Phones that want the account to call somebody: REFER and 3xx.

use serde_json::json;
use sip::message::{Method, Request, Status};

use super::phone::Phone;
use super::scene::{dial, establish, scene_with};
use crate::limits::REFERRALS_PER_CALL;

/// The next INVITE of the engine's; what it is told of its referral meanwhile is confirmed.
fn called(phone: &mut Phone) -> Request {
    loop {
        let request = phone.any_request();
        match request.method() {
            Method::Invite => return request,
            Method::Notify | Method::Ack => phone.confirm(&request),
            other => panic!("{other} was not expected"),
        }
    }
}

#[test]
fn a_call_is_handed_on_within_its_own_domain() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "allowedTargets": [] }));
    let (_, invite) = establish(&mut page, &mut phone);
    phone.refer(&invite, 1, "sip:carol@a.example");
    phone.response(Status::ACCEPTED);
    let second = called(&mut phone);
    assert_eq!(second.uri().to_string(), "sip:carol@a.example");
    phone.answer(&second, Status::OK);
    while *phone.any_request().method() != Method::Bye {}
    assert_eq!(page.expect("call.info")["peer"]["uri"], "sip:carol@a.example");
}

#[test]
fn strangers_do_not_spend_the_accounts_money() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "allowedTargets": [] }));
    let (_, invite) = establish(&mut page, &mut phone);
    for (number, target) in
        (1..).zip(["tel:+1900555", "sip:+1900555@a.example", "sip:0900555@a.example", "sip:carol@elsewhere.example"])
    {
        phone.refer(&invite, number, target);
        phone.response(Status::DECLINE);
    }
    // The user may, and the call a stranger is redirected to is one of a stranger's.
    let (_, invite) = dial(&mut page, &mut phone, "+1900555");
    assert_eq!(invite.uri().to_string(), "sip:+1900555@a.example");
    phone.redirect(&invite, "sip:+1900666@a.example");
    phone.request(&Method::Ack);
    page.expect("call.end");
}

#[test]
fn what_the_network_allows_is_called_for_a_phone_too() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "allowedTargets": ["+1900*", "ben"] }));
    let (_, invite) = establish(&mut page, &mut phone);
    phone.refer(&invite, 1, "sip:carol@a.example");
    phone.response(Status::DECLINE);
    phone.refer(&invite, 2, "tel:+1900555");
    phone.response(Status::ACCEPTED);
    assert_eq!(called(&mut phone).uri().to_string(), "sip:+1900555@a.example");
}

#[test]
fn a_referral_is_a_call_like_any_other_to_the_limits() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "allowedTargets": [], "maxCalls": 1 }));
    let (_, invite) = establish(&mut page, &mut phone);
    phone.refer(&invite, 1, "sip:carol@a.example");
    phone.response(Status::DECLINE);
    // A redirected call is no further one.
    let (mut phone, _server, mut page) = scene_with(&json!({ "allowedTargets": [], "maxCalls": 1 }));
    let (_, invite) = dial(&mut page, &mut phone, "ben");
    phone.redirect(&invite, "sip:carol@a.example");
    assert_eq!(called(&mut phone).uri().to_string(), "sip:carol@a.example");
}

#[test]
fn a_call_is_handed_on_so_often_and_no_more() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "allowedTargets": [] }));
    let (_, invite) = establish(&mut page, &mut phone);
    for number in (1..).take(REFERRALS_PER_CALL) {
        phone.refer(&invite, number, "sip:carol@a.example");
        phone.response(Status::ACCEPTED);
        let second = called(&mut phone);
        phone.answer(&second, Status::BUSY_HERE);
        // The ACK of the refusal and the news of it come in any order.
        for _ in 0..2 {
            let told = phone.any_request();
            phone.confirm(&told);
        }
    }
    phone.refer(&invite, 100, "sip:carol@a.example");
    phone.response(Status::DECLINE);
}
