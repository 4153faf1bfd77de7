//! Calls that nobody is left to take.

use std::collections::HashSet;
use std::net::SocketAddr;

use actix::{Actor, ActorContext as _, Context, Handler};
use sip::message::{Incoming, Message, Method, Request, Status, name, parse_datagram};
use sip::transport::Protocol;
use tokio::net::UdpSocket;

use super::super::*;
use super::bench::*;
use super::floods::called;

/// An owner that is over.
struct Gone;

impl Actor for Gone {
    type Context = Context<Gone>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<FromTransport> for Gone {
    type Result = ();
    fn handle(&mut self, _: FromTransport, _: &mut Self::Context) {}
}

struct Phone {
    socket: UdpSocket,
    invite: Request,
    caller: SocketAddr,
    ended: HashSet<String>,
}

impl Phone {
    /// Called by an owner that is gone since.
    async fn ringing() -> Phone {
        let mut near = With::listen(vec![on(Protocol::Udp, "127.0.0.1")]).start();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        near.owner = Gone.start().recipient();
        while near.owner.connected() {
            tokio::task::yield_now().await;
        }
        let (invite, caller) = called(&near, &socket).await;
        Phone { socket, invite, caller, ended: HashSet::new() }
    }

    async fn answer(&self, tag: &str) {
        let mut response = self.invite.response(Status::OK, Some(tag));
        let contact = format!("<sip:{tag}@{};transport=udp>", self.socket.local_addr().unwrap());
        response.headers.push(name::CONTACT, contact);
        self.socket.send_to(&response.to_bytes(), self.caller).await.unwrap();
    }

    /// The next ACK, or BYE that is no copy, and of which dialog it is.
    async fn heard(&mut self) -> String {
        loop {
            let mut buffer = [0; 2_048];
            let (length, _) = within(self.socket.recv_from(&mut buffer)).await.unwrap();
            let Ok(Incoming::Message(message)) = parse_datagram(&buffer[..length]) else { panic!("a message") };
            let Message::Request(request) = *message else { panic!("a request") };
            let heard = format!("{} {}", request.method(), request.headers.to().unwrap().tag().unwrap());
            if *request.method() == Method::Ack {
                return heard;
            }
            self.socket.send_to(&request.response(Status::OK, None).to_bytes(), self.caller).await.unwrap();
            if self.ended.insert(heard.clone()) {
                return heard;
            }
        }
    }
}

#[actix::test]
async fn each_phone_that_answers_nobody_is_hung_up_once_and_acknowledged_always() {
    let mut phone = Phone::ringing().await;
    for (tag, expected) in [("a", ["ACK a", "BYE a"]), ("b", ["ACK b", "BYE b"])] {
        phone.answer(tag).await;
        let mut heard = [phone.heard().await, phone.heard().await];
        heard.sort();
        assert_eq!(heard, expected);
    }
    phone.answer("a").await;
    phone.answer("c").await;
    let mut heard = [phone.heard().await, phone.heard().await, phone.heard().await];
    heard.sort();
    assert_eq!(heard, ["ACK a", "ACK c", "BYE c"]);
}

#[actix::test]
async fn who_answers_nobody_ever_again_is_told_a_few_times() {
    let mut phone = Phone::ringing().await;
    for n in 0..100 {
        phone.answer(&format!("{n}")).await;
    }
    phone.answer("0").await;
    let mut heard = Vec::new();
    while heard.iter().filter(|told| *told == "ACK 0").count() < 2 {
        heard.push(phone.heard().await);
    }
    let byes = heard.iter().filter(|told| told.starts_with("BYE")).count();
    assert!(byes <= 16 && heard.len() <= 33, "{heard:?}");
}
