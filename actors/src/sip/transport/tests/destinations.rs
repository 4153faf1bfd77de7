//! Where SIP is not sent, whoever asks.

use std::net::IpAddr;
use std::sync::Arc;

use sip::message::Status;
use sip::transport::Protocol;

use super::super::*;
use super::bench::*;

/// A peer on this machine, and an engine that may send to `destinations`; DNS knows both of `addresses`.
fn apart(destinations: &[&str], addresses: &[&str]) -> (Bench, Bench) {
    let far = With::listen(vec![on(Protocol::Udp, "127.0.0.1"), on(Protocol::Tcp, "127.0.0.1")]).start();
    let mut with = With::listen(vec![on(Protocol::Udp, "0.0.0.0")]);
    with.destinations = destinations.iter().map(|net| net.parse().unwrap()).collect();
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    with.zone.addresses.lock().unwrap().insert("far.example".to_owned(), addresses);
    (far, with.start())
}

#[actix::test]
async fn nothing_is_sent_to_this_machine_by_any_name_unless_it_is_a_destination() {
    let (far, mut near) = apart(&[], &["127.0.0.1", "::ffff:127.0.0.1", "::1"]);
    let (udp, tcp) = (far.address(Protocol::Udp).port(), far.address(Protocol::Tcp).port());
    for next in [
        format!("sip:127.0.0.1:{udp}"),
        format!("sip:b@[::ffff:127.0.0.1]:{udp};transport=udp"),
        format!("sip:[::ffff:7f00:1]:{tcp};transport=tcp"),
        format!("sip:far.example:{tcp};transport=tcp"),
        format!("sip:0.0.0.0:{udp}"),
    ] {
        let reference = near.send(request("OPTIONS", &next), route(&next));
        assert_eq!(near.told().await, format!("{reference}: no 503, Forbidden"), "{next}");
        let local = near.transport.send(LocalAddress(Arc::new(route(&next)))).await.unwrap();
        assert_eq!(local, Err(Cause::Forbidden), "{next}");
    }
    let ack = Box::new(request("ACK", "ack"));
    near.transport.send(SendAck { request: ack, route: Arc::new(route_to(&far, Protocol::Udp)) }).await.unwrap();
    assert_eq!((near.counters.sip_sent.get(), near.counters.sip_connections.get()), (0, 0));
}

#[actix::test]
async fn of_several_addresses_only_those_that_are_destinations_are_tried() {
    let (mut far, mut near) = apart(&["127.0.0.1/32"], &["127.0.0.2", "127.0.0.1"]);
    let port = far.address(Protocol::Udp).port();
    let reference = near.send(request("OPTIONS", "one"), route(&format!("sip:far.example:{port};transport=udp")));
    far.answer(Status::OK).await;
    assert_eq!(near.told().await, format!("{reference}: 200"));
    assert_eq!(near.counters.sip_sent.get(), 1);
}
