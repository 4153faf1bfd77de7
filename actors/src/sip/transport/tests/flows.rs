//! Ways that are kept, shared and lost.

use std::time::Duration;

use sip::message::Status;
use sip::transport::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::super::*;
use super::bench::*;

/// Takes a request and answers it: a peer without a transport of ours.
async fn serve(stream: &mut TcpStream) {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        let mut buffer = [0; 4_096];
        let length = within(stream.read(&mut buffer)).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    let kept = |line: &&str| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name));
    let headers: Vec<_> = text.lines().filter(kept).collect();
    let answer = format!("SIP/2.0 200 OK\r\n{}\r\nContent-Length: 0\r\n\r\n", headers.join("\r\n"));
    stream.write_all(answer.as_bytes()).await.unwrap();
}

#[actix::test]
async fn a_connection_is_shared_and_requests_come_back_over_it() {
    let mut near = With::listen(vec![]).start();
    let mut far = With::listen(vec![on(Protocol::Tcp, "127.0.0.1")]).start();
    let mut flows = Vec::new();
    let mut source = None;
    for call in ["one", "two"] {
        near.send(request("OPTIONS", call), route_to(&far, Protocol::Tcp));
        let FromNetwork::Request { key, request, source: from, .. } = far.asked().await else { panic!("a request") };
        far.transport.do_send(Respond { key, response: Box::new(request.response(Status::OK, Some("far"))) });
        source = Some(from);
        flows.push(near.hop().await.flow);
    }
    assert_eq!(flows[0], flows[1]);
    // The near side listens nowhere: it is called back over what it opened.
    let back = Route { over: source, ..route("sip:nowhere.example") };
    let reference = far.send(request("OPTIONS", "back"), back);
    near.answer(Status::OK).await;
    assert_eq!(far.told().await, format!("{reference}: 200"));
}

#[actix::test]
async fn a_watched_flow_is_kept_alive_and_its_end_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limits = Limits { pong: Duration::from_millis(200), ..Limits::default() };
    let mut near = With { limits, ..With::listen(vec![]) }.start();
    let next = format!("sip:{};transport=tcp", listener.local_addr().unwrap());
    near.send(request("OPTIONS", "one"), route(&next));
    let mut peer = within(listener.accept()).await.unwrap().0;
    serve(&mut peer).await;
    let hop = near.hop().await;
    let keep_alive = Some(Duration::from_millis(20));
    near.transport.do_send(Watch { owner: near.owner.clone(), reference: 77, hop, keep_alive });
    for _ in 0..3 {
        let mut ping = [0; 4];
        within(peer.read_exact(&mut ping)).await.unwrap();
        assert_eq!(&ping, b"\r\n\r\n");
        peer.write_all(b"\r\n").await.unwrap();
    }
    // Silent from now on.
    assert_eq!(near.told().await, "77: lost");
    near.transport.do_send(Watch { owner: near.owner.clone(), reference: 78, hop, keep_alive });
    assert_eq!(near.told().await, "78: lost", "what is gone cannot be watched");
}

#[actix::test]
async fn a_closed_connection_is_told_and_what_waits_on_it_fails() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut near = With::listen(vec![]).start();
    let next = format!("sip:{};transport=tcp", listener.local_addr().unwrap());
    near.send(request("OPTIONS", "one"), route(&next));
    let mut peer = within(listener.accept()).await.unwrap().0;
    serve(&mut peer).await;
    let hop = near.hop().await;
    near.transport.do_send(Watch { owner: near.owner.clone(), reference: 77, hop, keep_alive: None });
    let reference = near.send(request("OPTIONS", "two"), route(&next));
    let mut some = [0; 16];
    within(peer.read_exact(&mut some)).await.unwrap();
    drop(peer);
    let mut told = [near.told().await, near.told().await];
    told.sort();
    assert_eq!(told, [format!("{reference}: no 503, Unreachable"), "77: lost".to_owned()]);
}

#[actix::test]
async fn pings_are_answered() {
    let far = With::listen(vec![on(Protocol::Tcp, "127.0.0.1")]).start();
    let mut peer = TcpStream::connect(far.address(Protocol::Tcp)).await.unwrap();
    peer.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    within(peer.read_exact(&mut pong)).await.unwrap();
    assert_eq!(&pong, b"\r\n");
}
