//! Accounts at a real registrar.

use serde_json::json;

use crate::support::{Kamailio, Provision, Server, Wire};

#[test]
fn sip_account_registers_with_each_transport() {
    let kamailio = Kamailio::start(&["anna"]);
    let server = Server::start();
    let provision = Provision::at(server.address);
    for transport in ["udp", "tcp", "tls"] {
        let tls = json!({ "ca": kamailio.certificate() });
        provision.network(transport, &json!({ "proxy": kamailio.uri(transport), "tls": tls }));
        let token = provision.session(transport, "sip:anna@testbed.local", "annapw");
        Wire::open(server.address, &token).play("> connect\n< state connected ok").expect(transport);
    }
}

#[test]
fn sip_account_with_a_wrong_password_says_so_once() {
    let (kamailio, server) = (Kamailio::start(&["anna"]), Server::start());
    let provision = Provision::at(server.address);
    provision.network("phones", &json!({ "proxy": kamailio.uri("udp") }));
    let token = provision.session("phones", "sip:anna@testbed.local", "guessed");
    Wire::open(server.address, &token).play("> connect\n< state failed wrongCredentials").expect("refused");
}

#[test]
fn sip_account_returns_after_the_registrar_was_away() {
    let mut kamailio = Kamailio::start(&["anna"]);
    let server = Server::start();
    let provision = Provision::at(server.address);
    provision.network("phones", &json!({ "proxy": kamailio.uri("tcp"), "keepAlive": 5 }));
    let token = provision.session("phones", "sip:anna@testbed.local", "annapw");
    let mut page = Wire::open(server.address, &token);
    page.play("> connect\n< state connected ok").expect("registered");
    kamailio.stop();
    page.play("< state failed unreachable").expect("told");
    kamailio.restart();
    page.play("< state connected ok").expect("registered again");
}
