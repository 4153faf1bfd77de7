//! Requests and responses, by every protocol.

use sip::message::Status;
use sip::transport::Protocol;

use super::super::*;
use super::bench::*;

#[actix::test]
async fn a_request_is_answered_by_udp_and_tcp_over_ipv4_and_ipv6() {
    for (protocol, ip) in
        [(Protocol::Udp, "127.0.0.1"), (Protocol::Tcp, "127.0.0.1"), (Protocol::Udp, "::1"), (Protocol::Tcp, "::1")]
    {
        let mut near = With::listen(vec![]).start();
        let mut far = With::listen(vec![on(protocol, ip)]).start();
        let reference = near.send(request("OPTIONS", "one"), route_to(&far, protocol));
        let came = far.answer(Status::OK).await;
        let via = came.headers.via().unwrap();
        assert_eq!((via.transport(), via.host.address()), (protocol.as_str(), Some(ip.parse().unwrap())));
        assert_eq!(via.rport(), via.port, "the Via names the socket it came from");
        assert_eq!(near.told().await, format!("{reference}: 200"));
    }
}

#[actix::test]
async fn a_listener_of_every_address_is_seen_as_the_one_that_is_used() {
    let near = With::listen(vec![on(Protocol::Udp, "0.0.0.0"), on(Protocol::Tcp, "0.0.0.0")]).start();
    let far = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut way = route_to(&far, Protocol::Udp);
        if let sip::message::Uri::Sip(next) = &mut way.next {
            next.set_param("transport", Some(protocol.as_str()));
        }
        let local = within(near.transport.send(LocalAddress(way.into()))).await.unwrap().unwrap();
        assert_eq!(local.address.to_string(), format!("127.0.0.1:{}", near.address(protocol).port()));
    }
}

#[actix::test]
async fn a_listener_of_all_ipv6_takes_ipv4_too() {
    let mut near = With::listen(vec![on(Protocol::Udp, "::"), on(Protocol::Tcp, "::")]).start();
    let mut far = With::listen(vec![on(Protocol::Udp, "127.0.0.1"), on(Protocol::Tcp, "127.0.0.1")]).start();
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        near.send(request("OPTIONS", protocol.as_str()), route_to(&far, protocol));
        let via = far.answer(Status::OK).await.headers.via().unwrap();
        assert_eq!((via.host.as_str(), via.port), ("127.0.0.1", Some(near.address(protocol).port())));
        assert_eq!(near.hop().await.address, far.address(protocol));
        let back = format!("sip:127.0.0.1:{};transport={}", near.address(protocol).port(), protocol.as_str());
        let reference = far.send(request("OPTIONS", &back), route(&back));
        let FromNetwork::Request { key, request, source, local } = near.asked().await else { panic!("a request") };
        assert!(source.address.is_ipv4() && local.is_ipv4(), "{source:?} {local}");
        near.transport.do_send(Respond { key, response: Box::new(request.response(Status::OK, Some("near"))) });
        assert_eq!(far.told().await, format!("{reference}: 200"));
    }
}

#[actix::test]
async fn an_invite_is_answered_acknowledged_and_cancelled() {
    let mut near = With::listen(vec![]).start();
    let mut far = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
    let way = route_to(&far, Protocol::Udp);
    let reference = near.send(request("INVITE", "one"), way.clone());
    far.answer(Status::OK).await;
    assert_eq!(near.told().await, format!("{reference}: 200"));
    near.transport.do_send(SendAck { request: Box::new(request("ACK", "one")), route: way.clone().into() });
    assert!(matches!(far.asked().await, FromNetwork::Ack(_)));

    let reference = near.send(request("INVITE", "two"), way);
    let FromNetwork::Request { key, request, .. } = far.asked().await else { panic!("an INVITE") };
    near.transport.do_send(Cancel { owner: near.owner.clone(), reference });
    let respond = |key, response| far.transport.do_send(Respond { key, response: Box::new(response) });
    respond(key.clone(), request.response(Status::RINGING, Some("far")));
    let FromNetwork::Cancel { key: cancel, request: asked, invite } = within(far.asked.recv()).await.unwrap() else {
        panic!("a CANCEL, once something has come");
    };
    assert_eq!(invite, key);
    respond(cancel, asked.response(Status::OK, Some("far")));
    respond(key, request.response(Status::REQUEST_TERMINATED, Some("far")));
    while near.told().await != format!("{reference}: 487") {}
}

#[actix::test]
async fn what_leads_nowhere_says_why() {
    let mut near = With::listen(vec![]).start();
    for (next, expected) in [
        ("sip:nowhere.example", "no 503, NoName"),
        ("tel:+49301", "no 503, NotSip"),
        ("sip:127.0.0.1:1;transport=tcp", "no 503, Unreachable"),
    ] {
        let reference = near.send(request("OPTIONS", next), route(next));
        assert_eq!(near.told().await, format!("{reference}: {expected}"));
    }
}

#[actix::test]
async fn a_dead_transport_is_rebuilt_on_its_ports_and_its_owners_are_told() {
    let mut near = With::listen(vec![on(Protocol::Udp, "127.0.0.1"), on(Protocol::Tcp, "127.0.0.1")]).start();
    let mut far = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
    let reference = near.send(request("OPTIONS", "one"), route_to(&far, Protocol::Udp));
    far.asked().await;
    near.transport.do_send(Panic);
    assert_eq!(near.told().await, format!("{reference}: no 503, Restarted"));
    near.transport = within(near.rebuilt.recv()).await.unwrap();
    assert_eq!(near.counters.actors_rebuilt.get(), 1);
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let reference = far.send(request("OPTIONS", protocol.as_str()), route_to(&near, protocol));
        near.answer(Status::OK).await;
        assert_eq!(far.told().await, format!("{reference}: 200"));
    }
}
