//! What strangers may do.

use std::time::Duration;

use sip::message::{Status, name};
use sip::transport::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use super::super::*;
use super::bench::*;

fn limited(limits: Limits) -> Bench {
    With { limits, ..With::listen(vec![on(Protocol::Udp, "127.0.0.1"), on(Protocol::Tcp, "127.0.0.1")]) }.start()
}

async fn everything(peer: &mut TcpStream) -> String {
    let mut text = Vec::new();
    within(peer.read_to_end(&mut text)).await.ok();
    String::from_utf8(text).unwrap()
}

#[actix::test]
async fn rubbish_is_answered_a_few_times_only() {
    let far = limited(Limits { malformed_per_s: 1, ..Limits::default() });
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(far.address(Protocol::Udp)).await.unwrap();
    let mut broken = request("OPTIONS", "one");
    broken.headers.set(name::CSEQ, "x OPTIONS");
    broken.headers.push_front(name::VIA, "SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKone");
    for _ in 0..20 {
        socket.send(&broken.to_bytes()).await.unwrap();
    }
    socket.send(b"\r\n\r\n").await.unwrap();
    let mut answers = 0;
    let mut buffer = [0; 2_048];
    while within(socket.recv(&mut buffer)).await.unwrap() > 2 {
        answers += 1;
    }
    assert!((1..5).contains(&answers), "{answers} answers to 20");
    assert_eq!(far.counters.sip_malformed.get(), 20);
}

#[actix::test]
async fn a_connection_that_says_nothing_whole_is_closed_and_keep_alives_are_nothing() {
    let far = limited(Limits { half_open: Duration::from_millis(50), ..Limits::default() });
    let mut peer = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    peer.write_all(b"\r\n\r\nOPTIONS sip:b@h SIP/2.0\r\nVia:").await.unwrap();
    assert_eq!(everything(&mut peer).await, "\r\n");
}

#[actix::test]
async fn a_stream_that_is_too_long_or_no_sip_is_cut() {
    let far = limited(Limits::default());
    let mut peer = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    let mut large = request("OPTIONS", "one");
    large.headers.push_front(name::VIA, "SIP/2.0/TCP 127.0.0.1;rport;branch=z9hG4bKone");
    let text = String::from_utf8(large.to_bytes()).unwrap();
    let announced = text.replace("Content-Length: 0", "Content-Length: 9999999");
    peer.write_all(announced.as_bytes()).await.unwrap();
    let answer = everything(&mut peer).await;
    assert!(answer.starts_with("SIP/2.0 413 "), "{answer}");
    let mut peer = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    peer.write_all(&[b'x'; 40_000]).await.ok();
    everything(&mut peer).await;
    assert_eq!(far.counters.sip_malformed.get(), 2);
}

#[actix::test]
async fn connections_of_one_source_are_bounded() {
    let far = limited(Limits { connections_per_source: 1, ..Limits::default() });
    let mut first = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    first.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    within(first.read_exact(&mut pong)).await.unwrap();
    let mut second = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    assert_eq!(everything(&mut second).await, "");
    first.write_all(b"\r\n\r\n").await.unwrap();
    within(first.read_exact(&mut pong)).await.unwrap();
}

/// A request that nobody answers, so that the connection has spoken.
async fn spoken(far: &mut Bench, call: &str) -> TcpStream {
    let mut peer = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    let mut asked = request("OPTIONS", call);
    asked.headers.push_front(name::VIA, format!("SIP/2.0/TCP 127.0.0.1;rport;branch=z9hG4bK{call}"));
    peer.write_all(&asked.to_bytes()).await.unwrap();
    let FromNetwork::Request { .. } = far.asked().await else { panic!("a request") };
    peer
}

#[actix::test]
async fn where_there_is_no_room_the_longest_silent_connection_goes() {
    let mut far = limited(Limits { connections: 2, ..Limits::default() });
    let (mut first, mut second) = (spoken(&mut far, "1").await, spoken(&mut far, "2").await);
    let mut third = spoken(&mut far, "3").await;
    assert_eq!(everything(&mut first).await, "", "it is closed");
    for peer in [&mut second, &mut third] {
        peer.write_all(b"\r\n\r\n").await.unwrap();
        within(peer.read_exact(&mut [0; 2])).await.unwrap();
    }
}

#[actix::test]
async fn a_tenant_who_connects_everywhere_keeps_nobody_from_a_new_connection() {
    let mut near = limited(Limits { connections: 2, ..Limits::default() });
    let mut far: Vec<Bench> = (0..4).map(|_| limited(Limits::default())).collect();
    for (n, far) in (1..).zip(&mut far) {
        near.send(request("OPTIONS", &n.to_string()), route_to(far, Protocol::Tcp));
        far.answer(Status::OK).await;
        let FromTransport::Response { hop, .. } = near.heard().await else { panic!("a response") };
        if n == 1 {
            let owner = near.owner.clone();
            near.transport.do_send(Watch { owner, reference: 9, hop, keep_alive: None });
        }
    }
    let watched = route_to(&far[0], Protocol::Tcp);
    near.send(request("OPTIONS", "again"), watched);
    far[0].answer(Status::OK).await;
    assert_eq!(near.told().await, "5: 200", "what is watched was not lost");
}
