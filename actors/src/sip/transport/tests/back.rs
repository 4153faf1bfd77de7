//! Responses whose connection is gone.

use std::time::Duration;

use ipnet::IpNet;
use sip::message::{Response, Status, name};
use sip::transaction::ServerKey;
use sip::transport::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::super::*;
use super::bench::*;

/// An engine that was asked over a connection that is gone, by somebody who listens at the port.
async fn asked(destinations: &[&str], port: u16) -> (Bench, ServerKey, Box<Response>) {
    let limits = Limits { half_open: Duration::from_millis(40), ..Limits::default() };
    let destinations: Vec<IpNet> = destinations.iter().map(|net| net.parse().unwrap()).collect();
    let with = With { limits, destinations, ..With::listen(vec![on(Protocol::Tcp, "127.0.0.1")]) };
    let mut far = with.start();
    let mut peer = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    let mut invite = request("INVITE", "one");
    // Whatever host it names.
    invite.headers.push_front(name::VIA, format!("SIP/2.0/TCP 192.0.2.1:{port};branch=z9hG4bKone"));
    peer.write_all(&invite.to_bytes()).await.unwrap();
    let FromNetwork::Request { key, request, .. } = far.asked().await else { panic!("a request") };
    let connections = far.counters.sip_connections.clone();
    let reach = async |count: i64| {
        while connections.get() != count {
            tokio::task::yield_now().await;
        }
    };
    within(reach(1)).await;
    drop(peer);
    within(reach(0)).await;
    let response = Box::new(request.response(Status::OK, Some("far")));
    (far, key, response)
}

#[actix::test]
async fn a_response_finds_its_way_when_the_connection_is_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (far, key, response) = asked(&[], listener.local_addr().unwrap().port()).await;
    // Both go by one connection.
    for _ in 0..2 {
        far.transport.do_send(Respond { key: key.clone(), response: response.clone() });
    }
    let (mut back, _) = within(listener.accept()).await.unwrap();
    let mut text = vec![0; 2 * response.to_bytes().len()];
    within(back.read_exact(&mut text)).await.unwrap();
    assert_eq!(String::from_utf8(text).unwrap().matches("SIP/2.0 200 ").count(), 2);
}

#[actix::test]
async fn a_response_that_nobody_takes_or_may_be_sent_is_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap().port();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for (destinations, port) in [(["192.0.2.0/24"], open), (["127.0.0.0/8"], closed)] {
        let (mut far, key, response) = asked(&destinations, port).await;
        far.transport.do_send(Respond { key: key.clone(), response });
        let FromNetwork::ResponseLost(lost) = far.asked().await else { panic!("a loss") };
        assert_eq!(lost, key);
    }
    assert!(futures_util::poll!(Box::pin(listener.accept())).is_pending(), "nobody knocked");
}
