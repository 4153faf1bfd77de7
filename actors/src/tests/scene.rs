//! How most stories of phones begin.

use serde_json::{Value, json};
use sip::message::{Method, Request, Status};

use super::page::Page;
use super::phone::Phone;
use super::phones::start;
use super::server::Server;

/// A phone that is a whole SIP network, an engine, and a page of `anna`, whose account is registered there.
pub fn scene() -> (Phone, Server, Page) {
    scene_with(&json!({}))
}

/// The same, on a network with these keys besides.
pub fn scene_with(config: &Value) -> (Phone, Server, Page) {
    let mut phone = Phone::new();
    let server = Server::with_network(phone.address(), config);
    let page = registered(&server, &mut phone, "anna");
    (phone, server, page)
}

/// A page of `name`, whose account is registered at `phone`.
pub fn registered(server: &Server, phone: &mut Phone, name: &str) -> Page {
    let mut page = Page::open(server.address, name);
    let (id, target) = page.account();
    page.send(&json!({ "method": "account.connect", "to": target, "session": page.token, "body": { "id": id } }));
    phone.registered();
    while page.expect("account.state")["state"] != "connected" {}
    page
}

/// `page` calls `target`, and `phone` rings: the page's leg and the INVITE.
pub fn dial(page: &mut Page, phone: &mut Phone, target: &str) -> (Value, Request) {
    let leg = start(page, target);
    page.expect("call.alive");
    let invite = phone.request(&Method::Invite);
    (leg, invite)
}

/// A call of `page` that `phone` has answered.
pub fn establish(page: &mut Page, phone: &mut Phone) -> (Value, Request) {
    let (leg, invite) = dial(page, phone, "ben");
    phone.answer(&invite, Status::OK);
    phone.request(&Method::Ack);
    page.expect("call.accept");
    page.call("ack.accept", leg.clone());
    (leg, invite)
}
