use super::*;
use crate::message::Status;
use crate::transaction::samples::request;

fn invite(record_routes: &[&str]) -> Request {
    let mut invite = request("INVITE");
    invite.headers.push(name::CONTACT, "<sip:alice@192.0.2.1:5070>");
    invite.headers.extend(&name::RECORD_ROUTE, record_routes);
    invite
}

fn response(record_routes: &[&str]) -> Response {
    let mut response = invite(record_routes).response(Status::RINGING, Some("b"));
    response.headers.push(name::CONTACT, "<sip:bob@192.0.2.2?Subject=x>");
    response
}

fn contact() -> NameAddr {
    NameAddr::parse("<sip:bob@192.0.2.2>").unwrap()
}

fn routes(request: &Request) -> Vec<String> {
    request.headers.addresses(name::ROUTE).unwrap().iter().map(|route| route.uri.to_string()).collect()
}

const RECORDED: [&str; 2] = ["<sip:p2.example;lr>, <sip:p1b.example;lr>", "<sip:p1.example;lr>"];

#[test]
fn both_sides_build_requests_that_the_other_takes() {
    let mut caller = Dialog::of_caller(&invite(&[]), &response(&RECORDED)).unwrap();
    let mut called = Dialog::of_called(&invite(&RECORDED), "b", contact()).unwrap();
    let bye = caller.request(Method::Bye);
    assert_eq!((bye.uri().to_string().as_str(), bye.cseq().unwrap().number), ("sip:bob@192.0.2.2", 2));
    assert_eq!(routes(&bye), ["sip:p1.example;lr", "sip:p1b.example;lr", "sip:p2.example;lr"]);
    assert_eq!(DialogId::of_request(&bye).unwrap(), *called.id());
    assert_eq!(called.receive(&bye), Ok(()));
    let reinvite = called.request(Method::Invite);
    assert_eq!((reinvite.uri().to_string().as_str(), reinvite.cseq().unwrap().number), ("sip:alice@192.0.2.1:5070", 1));
    assert_eq!(routes(&reinvite), ["sip:p2.example;lr", "sip:p1b.example;lr", "sip:p1.example;lr"]);
    assert_eq!(DialogId::of_request(&reinvite).unwrap(), *caller.id());
    assert!(reinvite.headers.has(&name::CONTACT) && caller.receive(&reinvite) == Ok(()));
}

#[test]
fn a_strict_router_takes_the_request_uri() {
    let mut caller = Dialog::of_caller(&invite(&[]), &response(&["<sip:p2.example;lr>", "<sip:p1.example>"])).unwrap();
    let bye = caller.request(Method::Bye);
    assert_eq!(bye.uri().to_string(), "sip:p1.example");
    assert_eq!(routes(&bye), ["sip:p2.example;lr", "sip:bob@192.0.2.2"]);
    assert_eq!(caller.next_hop().to_string(), "sip:p1.example");
}

#[test]
fn numbers_only_rise() {
    let mut called = Dialog::of_called(&invite(&[]), "b", contact()).unwrap();
    let mut caller = Dialog::of_caller(&invite(&[]), &response(&[])).unwrap();
    let (first, mut second) = (caller.request(Method::Info), caller.request(Method::Info));
    assert_eq!(
        (called.receive(&second), called.receive(&first), called.receive(&second)),
        (Ok(()), Err(OutOfOrder), Err(OutOfOrder))
    );
    caller.renumber(&mut second);
    assert_eq!(called.receive(&second), Ok(()));
    assert_eq!(called.receive(&caller.ack(1)), Ok(()));
    caller.raise_cseq(20);
    assert_eq!(caller.request(Method::Bye).cseq().unwrap().number, 21);
}

#[test]
fn targets_are_refreshed_and_routes_confirmed() {
    let mut caller = Dialog::of_caller(&invite(&[]), &response(&RECORDED)).unwrap();
    let mut ok = response(&["<sip:p3.example;lr>"]);
    ok.headers.set(name::CONTACT, "<sip:bob@192.0.2.9>");
    caller.confirm(&ok);
    assert_eq!(
        (caller.target().to_string().as_str(), routes(&caller.ack(1))),
        ("sip:bob@192.0.2.9", vec!["sip:p3.example;lr".to_owned()])
    );
    caller.refresh_target(Contacts::List(Vec::new()));
    assert_eq!(caller.target().to_string(), "sip:bob@192.0.2.9");
}

#[test]
fn an_invite_without_contact_makes_no_dialog() {
    assert!(Dialog::of_called(&request("INVITE"), "b", contact()).is_err());
}

#[test]
fn replaces_names_a_dialog_by_our_view_of_it() {
    let called = Dialog::of_called(&invite(&[]), "b", contact()).unwrap();
    let named = |text| called.id().is_replaced_by(&Replaces::parse(text).unwrap());
    assert!(named("call-1;to-tag=b;from-tag=a"));
    assert!(!named("call-1;to-tag=a;from-tag=b") && !named("call-2;to-tag=b;from-tag=a"));
}
