//! Who of the network may ring an account, and who may touch its calls.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use sip::message::{Incoming, Method, Request, Status, StreamParser, Uri, name};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

use super::phone::{Phone, SDP};
use super::scene::{dial, establish, registered, scene, scene_with};
use super::server::Server;
use crate::sip::tests::config_keys::certified;

/// What the far end of `invite` was told to send its requests to.
fn contact(invite: &Request) -> Uri {
    invite.headers.contacts().unwrap().first().unwrap().uri.clone()
}

#[test]
fn a_registration_is_rung_from_its_registrar_only() {
    let (phone, _server, mut page) = scene();
    let mut stranger = phone.stranger();
    stranger.call();
    stranger.response(Status::NOT_FOUND);
    phone.call();
    assert_eq!(page.expect("call.start")["peer"]["uri"], "sip:ben@b.example");
}

#[test]
fn whom_the_network_trusts_may_ring_a_registration_too() {
    let (phone, _server, mut page) = scene_with(&json!({ "trusted": ["127.0.0.2"] }));
    phone.stranger().call();
    page.expect("call.start");
}

#[test]
fn what_a_called_phone_is_told_rings_nobody() {
    let (mut phone, _server, mut page) = scene();
    let (_, invite) = dial(&mut page, &mut phone, "ben");
    phone.invite(contact(&invite), &[]);
    phone.response(Status::NOT_FOUND);
    let mut stranger = phone.stranger();
    stranger.invite(contact(&invite), &[]);
    stranger.response(Status::NOT_FOUND);
}

#[test]
fn who_knows_a_call_takes_its_phones_place_and_asserts_nothing() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "trustIdentity": true }));
    let (_, invite) = establish(&mut page, &mut phone);
    let mut stranger = phone.stranger();
    let asserted = (name::P_ASSERTED_IDENTITY, "<sip:bank@a.example>".to_owned());
    stranger.invite(contact(&invite), &[phone.replacing(&invite), asserted]);
    stranger.response(Status::OK);
    phone.request(&Method::Bye);
    assert_eq!(page.expect("call.info")["peer"]["uri"], "sip:ben@b.example");
}

#[test]
fn a_call_of_another_account_is_not_replaced() {
    let (mut phone, server, mut page) = scene();
    let (_, invite) = establish(&mut page, &mut phone);
    let _cleo = registered(&server, &mut phone, "cleo");
    phone.invite(phone.binding(), &[phone.replacing(&invite)]);
    phone.response(Status::CALL_DOES_NOT_EXIST);
}

#[test]
fn what_another_than_the_registrar_asserts_is_not_believed() {
    let (mut phone, _server, mut page) = scene_with(&json!({ "trustIdentity": true }));
    phone.invite(phone.binding(), &[(name::P_ASSERTED_IDENTITY, "<sip:boss@a.example>".to_owned())]);
    assert_eq!(page.expect("call.start")["peer"]["uri"], "sip:boss@a.example");
    let (_, invite) = dial(&mut page, &mut phone, "ben");
    assert!(invite.headers.has(&name::P_ASSERTED_IDENTITY));
}

/// A TLS front of `phone`: one connection, each message of which is a datagram behind it. Gives where it is.
fn front(acceptor: TlsAcceptor, phone: SocketAddr) -> SocketAddr {
    let (ready, bound) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            ready.send(listener.local_addr().unwrap()).unwrap();
            let behind = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            behind.connect(phone).await.unwrap();
            let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
            let (mut parser, mut bytes, mut datagram) = (StreamParser::new(), vec![0; 65_536], vec![0; 65_536]);
            loop {
                tokio::select! {
                    read = stream.read(&mut bytes) => match read {
                        Ok(length) if length > 0 => parser.push(&bytes[..length]),
                        Ok(_) | Err(_) => return,
                    },
                    read = behind.recv(&mut datagram) => stream.write_all(&datagram[..read.unwrap()]).await.unwrap(),
                }
                while let Some(Ok(come)) = parser.poll() {
                    if let Incoming::Message(message) = come {
                        behind.send(&message.to_bytes()).await.unwrap();
                    }
                }
            }
        });
    });
    bound.recv().unwrap()
}

#[test]
fn a_phone_does_not_take_a_call_off_tls() {
    let (acceptor, ca, _) = certified();
    for (params, is_taken) in [(";transport=udp", false), (";transport=tcp", false), (";transport=tls", true)] {
        let mut phone = Phone::new();
        let front = front(acceptor.clone(), phone.address());
        let config = json!({ "proxy": format!("sip:{front};transport=tls"), "tls": { "ca": ca } });
        let server = Server::with_network(phone.address(), &config);
        let mut page = registered(&server, &mut phone, "anna");
        let (_, invite) = dial(&mut page, &mut phone, "ben");
        phone.answer_from(&invite, Status::OK, SDP, params);
        if is_taken {
            page.expect("call.accept");
            continue;
        }
        let ended = page.expect("call.end");
        assert_eq!(ended["reason"], "notAcceptable");
        assert!(ended["detail"].as_str().unwrap().contains("without TLS"), "{ended}");
    }
}
