//! One hop after the other.

use std::net::SocketAddr;
use std::time::Duration;

use sip::message::{Status, name};
use sip::transport::Protocol;
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

use super::super::resolve::Srv;
use super::super::*;
use super::bench::*;

/// `far.example` is served at these ports, in this order.
fn served(protocol: &str, hops: &[SocketAddr]) -> With {
    let mut with = With::listen(vec![]);
    with.zone.addresses.lock().unwrap().insert("host.example".to_owned(), vec!["127.0.0.1".parse().unwrap()]);
    let srv = |(priority, hop): (u16, &SocketAddr)| Srv {
        priority,
        weight: 0,
        port: hop.port(),
        target: "host.example.".into(),
    };
    let records = (0..).zip(hops).map(srv).collect();
    with.zone.services.insert(format!("_sip._{protocol}.far.example"), records);
    with.limits = Limits { hop: Duration::from_millis(50), ..Limits::default() };
    with
}

/// A port that refuses: it was bound, and is no more.
async fn refusing() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[actix::test]
async fn the_next_hop_is_tried_when_one_refuses_and_the_dead_comes_last_after() {
    let mut far = With::listen(vec![on(Protocol::Tcp, "127.0.0.1")]).start();
    let mut near = served("tcp", &[refusing().await, far.address(Protocol::Tcp)]).start();
    for _ in 0..2 {
        let reference = near.send(request("OPTIONS", "one"), route("sip:far.example;transport=tcp"));
        far.answer(Status::OK).await;
        assert_eq!(near.told().await, format!("{reference}: 200"));
    }
    assert_eq!(near.counters.sip_failures.get(), 1, "the dead hop was tried once");
}

#[actix::test]
async fn the_next_hop_is_tried_when_one_is_silent_or_busy_with_a_new_branch() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut busy = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
    let mut far = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
    let hops = [silent.local_addr().unwrap(), busy.address(Protocol::Udp), far.address(Protocol::Udp)];
    let mut near = served("udp", &hops).start();
    let reference = near.send(request("INVITE", "one"), route("sip:far.example"));
    let first = busy.answer(Status::SERVICE_UNAVAILABLE).await;
    let second = far.answer(Status::OK).await;
    assert_ne!(first.headers.via().unwrap().branch(), second.headers.via().unwrap().branch());
    assert_eq!(near.told().await, format!("{reference}: 200"));
}

#[actix::test]
async fn the_last_hop_tells_what_it_says() {
    let mut busy = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
    let mut near = With::listen(vec![]).start();
    let reference = near.send(request("OPTIONS", "one"), route_to(&busy, Protocol::Udp));
    busy.answer(Status::SERVICE_UNAVAILABLE).await;
    assert_eq!(near.told().await, format!("{reference}: 503"));
}

/// A peer over UDP whose port nobody takes by TCP: it is held by who listens to nobody, and lets a listener in.
fn beside_nobody() -> (Bench, Socket) {
    loop {
        let reserved = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        reserved.set_reuse_address(true).unwrap();
        reserved.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = reserved.local_addr().unwrap().as_socket().unwrap();
        if let Ok(far) = With::listen(vec![Listen { protocol: Protocol::Udp, address }]).open() {
            return (far, reserved);
        }
    }
}

#[actix::test]
async fn a_large_request_goes_by_tcp_and_by_udp_where_there_is_none() {
    let mut near = With::listen(vec![]).start();
    let mut large = request("OPTIONS", "large");
    large.headers.push(name::SUBJECT, "x".repeat(1_300));
    let (mut far, _reserved) = beside_nobody();
    near.send(large.clone(), route_to(&far, Protocol::Udp));
    assert_eq!(far.answer(Status::OK).await.headers.via().unwrap().transport(), "UDP");
    assert_eq!(near.hop().await.protocol, Protocol::Udp);
    let tcp = Listen { protocol: Protocol::Tcp, address: far.address(Protocol::Udp) };
    let mut beside = With::listen(vec![tcp]).start();
    let mut near = With::listen(vec![]).start();
    near.send(large, route_to(&far, Protocol::Udp));
    assert_eq!(beside.answer(Status::OK).await.headers.via().unwrap().transport(), "TCP");
    assert_eq!(near.hop().await.protocol, Protocol::Tcp);
}

#[cfg(target_os = "linux")]
#[actix::test]
async fn a_closed_port_is_known_at_once_and_harms_no_other_request() {
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for listen in [vec![], vec![on(Protocol::Udp, "::")]] {
        let mut far = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
        let mut near = With::listen(listen).start();
        let refused = near.send(request("INVITE", "one"), route(&format!("sip:{closed}")));
        // Timer B would be 32 s.
        assert_eq!(near.told().await, format!("{refused}: no 503, Unreachable"));
        let others = [(); 2].map(|()| near.send(request("REGISTER", "two"), route(&format!("sip:{closed}"))));
        let taken = near.send(request("OPTIONS", "three"), route_to(&far, Protocol::Udp));
        far.answer(Status::OK).await;
        let mut told = [near.told().await, near.told().await, near.told().await];
        told.sort();
        let refusals = others.map(|reference| format!("{reference}: no 503, Unreachable"));
        assert_eq!(told, [refusals[0].clone(), refusals[1].clone(), format!("{taken}: 200")]);
        assert_eq!(near.counters.sip_sent.get(), 4, "nothing was sent twice");
    }
}

#[cfg(target_os = "linux")]
#[actix::test]
async fn the_next_hop_is_tried_at_once_when_a_port_is_closed() {
    let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut far = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
    let with = served("udp", &[closed, far.address(Protocol::Udp)]);
    let mut near = With { limits: Limits { hop: Duration::from_secs(60), ..Limits::default() }, ..with }.start();
    let reference = near.send(request("INVITE", "one"), route("sip:far.example"));
    far.answer(Status::OK).await;
    assert_eq!(near.told().await, format!("{reference}: 200"));
}
