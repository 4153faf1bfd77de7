//! What a flood of requests leaves to others, and of itself.

use sip::message::{Incoming, Message, Request, Status, name, parse_datagram, stateless_tag};
use sip::transport::Protocol;
use tokio::net::UdpSocket;

use super::super::*;
use super::bench::*;

/// A source of requests.
struct Source(UdpSocket);

impl Source {
    async fn towards(far: &Bench) -> Source {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(far.address(Protocol::Udp)).await.unwrap();
        Source(socket)
    }

    /// Sends `method` of `call`; with `tag` it is meant for a dialog.
    async fn ask(&self, method: &str, call: &str, branch: &str, tag: Option<&str>) {
        let mut request = request(method, call);
        request.headers.push_front(name::VIA, format!("SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{branch}"));
        let tag = tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
        request.headers.set(name::TO, format!("<sip:b@far.example>{tag}"));
        self.0.send(&request.to_bytes()).await.unwrap();
    }

    /// The status of the next answer.
    async fn status(&self) -> String {
        let mut buffer = [0; 2_048];
        let length = within(self.0.recv(&mut buffer)).await.unwrap();
        String::from_utf8_lossy(&buffer[..length]).split(' ').nth(1).unwrap_or_default().to_owned()
    }
}

fn limited(limits: Limits) -> Bench {
    With { limits, ..With::listen(vec![on(Protocol::Udp, "127.0.0.1")]) }.start()
}

impl Bench {
    /// Of which call the next request is.
    async fn call(&mut self) -> String {
        match self.asked().await {
            FromNetwork::Request { request, .. } | FromNetwork::Ack(request) => request.headers.call_id().unwrap(),
            other => panic!("a request expected: {other:?}"),
        }
    }
}

#[actix::test]
async fn a_source_that_floods_is_not_heard_but_for_its_dialogs() {
    let mut far = limited(Limits { requests_per_s: 0, requests_burst: 2, ..Limits::default() });
    let source = Source::towards(&far).await;
    let guess = Some("guess");
    let flood = [("OPTIONS", None), ("INVITE", guess), ("OPTIONS", None), ("ACK", guess), ("CANCEL", None)];
    for (branch, (method, tag)) in (1..).zip(flood) {
        source.ask(method, method, &format!("{branch}"), tag).await;
    }
    source.ask("OPTIONS", "known", "known", Some("far")).await;
    source.ask("ACK", "known", "ack", Some("far")).await;
    assert_eq!([far.call().await, far.call().await, far.call().await], ["OPTIONS", "INVITE", "known"]);
    assert_eq!((far.call().await, far.counters.sip_dropped.get()), ("known".into(), 3));
}

#[actix::test]
async fn a_dialog_that_floods_leaves_the_others_alone() {
    let mut far = limited(Limits { known_per_s: 0, known_burst: 2, ..Limits::default() });
    let source = Source::towards(&far).await;
    for branch in ["1", "2", "3", "4"] {
        source.ask("INVITE", "known", branch, Some("one")).await;
    }
    source.ask("INVITE", "known", "5", Some("other")).await;
    for expected in ["one", "one", "other"] {
        let FromNetwork::Request { request, .. } = far.asked().await else { panic!("a request") };
        assert_eq!(request.headers.to().unwrap().tag().as_deref(), Some(expected));
    }
    assert_eq!(far.counters.sip_dropped.get(), 2);
}

#[actix::test]
async fn copies_of_a_request_are_answered_a_few_times_whatever_they_say_of_their_call() {
    let mut far = limited(Limits { known_per_s: 0, known_burst: 3, ..Limits::default() });
    let source = Source::towards(&far).await;
    source.ask("OPTIONS", "first", "same", None).await;
    far.answer(Status::OK).await;
    assert_eq!(source.status().await, "200");
    for call in ["a", "b", "c", "d", "e"] {
        source.ask("OPTIONS", call, "same", None).await;
    }
    source.ask("OPTIONS", "last", "last", None).await;
    far.answer(Status::NOT_FOUND).await;
    assert_eq!([source.status().await, source.status().await, source.status().await], ["200"; 3]);
    assert_eq!((source.status().await, far.counters.sip_dropped.get()), ("404".into(), 2));
}

/// An INVITE of ours that reached a socket: as it came, and whence.
pub async fn called(near: &Bench, phone: &UdpSocket) -> (Request, std::net::SocketAddr) {
    let next = format!("sip:{};transport=udp", phone.local_addr().unwrap());
    near.send(request("INVITE", "call"), route(&next));
    let mut buffer = [0; 2_048];
    let (length, from) = within(phone.recv_from(&mut buffer)).await.unwrap();
    let Ok(Incoming::Message(message)) = parse_datagram(&buffer[..length]) else { panic!("a message") };
    let Message::Request(invite) = *message else { panic!("a request") };
    (invite, from)
}

#[actix::test]
async fn a_phone_that_answers_and_answers_is_heard_a_few_times() {
    let mut near = limited(Limits { known_per_s: 0, known_burst: 3, ..Limits::default() });
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (invite, from) = called(&near, &phone).await;
    for tag in ["a", "b", "c", "d", "e"] {
        phone.send_to(&invite.response(Status::OK, Some(tag)).to_bytes(), from).await.unwrap();
    }
    phone.send_to(b"\r\n\r\n", from).await.unwrap();
    assert_eq!([near.told().await, near.told().await, near.told().await], ["1: 200"; 3]);
    within(phone.recv_from(&mut [0; 4])).await.unwrap();
    assert_eq!(near.counters.sip_dropped.get(), 2);
}

#[actix::test]
async fn one_call_leaves_room_to_the_others_and_can_always_hang_up() {
    let mut near = limited(Limits { requests_per_owner: 4, ..Limits::default() });
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let next = format!("sip:{};transport=udp", phone.local_addr().unwrap());
    for call in ["1", "2", "3", "4"] {
        near.send(request("OPTIONS", call), route(&next));
    }
    assert_eq!(near.told().await, "4: no 503, Full");
    near.send(request("BYE", "5"), route(&next));
    near.send(request("BYE", "6"), route(&next));
    assert_eq!(near.told().await, "6: no 503, Full");
    let mut other = limited(Limits::default());
    near.owner = other.owner.clone();
    let seventh = near.send(request("OPTIONS", "7"), route_to(&other, Protocol::Udp));
    other.answer(Status::OK).await;
    assert_eq!(other.told().await, format!("{seventh}: 200"), "another owner");
}

#[actix::test]
async fn what_is_dismissed_leaves_nothing_and_strangers_leave_room_for_us() {
    let mut far = limited(Limits { transactions: 4, ..Limits::default() });
    let source = Source::towards(&far).await;
    for branch in ["1", "2", "3"] {
        source.ask("INVITE", branch, branch, None).await;
        let FromNetwork::Request { key, request, .. } = far.asked().await else { panic!("a request") };
        let response = Box::new(request.response(Status::NOT_FOUND, Some(&stateless_tag(&request.headers))));
        far.transport.do_send(Dismiss { key, response });
        assert_eq!(source.status().await, "404", "the one place of a source is free again");
    }
    source.ask("INVITE", "4", "4", None).await;
    source.ask("INVITE", "5", "5", None).await;
    source.ask("OPTIONS", "known", "6", Some("far")).await;
    assert_eq!([far.call().await, far.call().await], ["4", "known"]);
    assert_eq!(source.status().await, "503");
    let mut near = limited(Limits::default());
    let reference = far.send(request("OPTIONS", "ours"), route_to(&near, Protocol::Udp));
    near.answer(Status::OK).await;
    assert_eq!(far.told().await, format!("{reference}: 200"));
}
