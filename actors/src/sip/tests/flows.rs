//! A registrar behind a connection.

use std::net::Ipv4Addr;

use serde_json::json;
use signal::account::{State, StateReason};
use sip::message::{Incoming, Message, Request, Status, StreamParser, name};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::network::story;

/// Takes the next REGISTER of a connection and confirms it.
pub async fn confirm(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Request {
    let (mut parser, mut buffer) = (StreamParser::new(), vec![0; 65_536]);
    loop {
        if let Some(Ok(Incoming::Message(message))) = parser.poll() {
            let Message::Request(request) = *message else { panic!("a request expected") };
            let mut response = request.response(Status::OK, Some("registrar"));
            response.headers.copy(&name::CONTACT, &request.headers);
            stream.write_all(&response.to_bytes()).await.unwrap();
            return request;
        }
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "the engine hung up");
        parser.push(&buffer[..length]);
    }
}

#[test]
fn a_connection_that_breaks_is_told_and_made_again() {
    story(|engine, peer| async move {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let registrar = format!("sip:{};transport=tcp", listener.local_addr().unwrap());
        let mut anna = engine.account(&peer, "anna", "secret", json!({ "registrar": registrar }));
        let (mut stream, _) = listener.accept().await.unwrap();
        let first = confirm(&mut stream).await;
        let contact = first.headers.contacts().unwrap().first().unwrap().uri.to_string();
        assert!(contact.ends_with(";transport=tcp"), "{contact}");
        anna.stands(State::Connected, StateReason::Ok).await;
        drop(stream);
        let told = anna.stands(State::Failed, StateReason::Unreachable).await;
        assert!(told.retry_in.is_some());
        let (mut stream, _) = listener.accept().await.unwrap();
        confirm(&mut stream).await;
        anna.stands(State::Connected, StateReason::Ok).await;
        // Gone for good: who cannot be reached is told so.
        drop((listener, stream));
        anna.stands(State::Failed, StateReason::Unreachable).await;
    });
}

#[test]
fn an_engine_without_sip_says_so() {
    actix::System::new().block_on(async {
        let (engine, peer) = (super::network::Engine::deaf(), super::network::Peer::new().await);
        let mut anna = engine.account(&peer, "anna", "secret", json!({}));
        let told = anna.stands(State::Failed, StateReason::Unreachable).await;
        assert_eq!((told.retry_in, told.detail.as_deref()), (None, Some("this engine does not listen for SIP")));
    });
}

#[test]
fn an_account_without_a_listener_is_reached_by_the_port_it_registered_from() {
    actix::System::new().block_on(async {
        let (engine, peer) =
            (super::network::Engine::unlisted(&["127.0.0.0/8"]).await, super::network::Peer::new().await);
        let mut anna = engine.account(&peer, "anna", "secret", json!({}));
        let (register, source) = peer.register().await;
        let contact = peer.take(&register, source).await;
        anna.stands(State::Connected, StateReason::Ok).await;
        assert_eq!(contact.as_sip().and_then(|uri| uri.port), Some(source.port()));
        peer.ask(source, "OPTIONS", &contact, None).await;
        assert_eq!(peer.response().await.status(), Status::OK);
    });
}
