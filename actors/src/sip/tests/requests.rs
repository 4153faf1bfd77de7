//! What the network asks, and who may.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use signal::account::{State, StateReason};
use sip::message::{MediaType, Message, Method, Uri, name};

use super::network::{Account, Engine, Peer, story};

/// An account that is registered, and where it is reached.
async fn registered(engine: &Engine, peer: &Peer) -> (Account, Uri) {
    let mut anna = engine.account(peer, "anna", "secret", json!({}));
    let (register, source) = peer.register().await;
    let contact = peer.take(&register, source).await;
    anna.stands(State::Connected, StateReason::Ok).await;
    (anna, contact)
}

/// How the engine answers.
async fn status(engine: &Engine, peer: &Peer, method: &str, uri: &Uri, tag: Option<&str>) -> u16 {
    peer.ask(engine.address, method, uri, tag).await;
    peer.response().await.status().code()
}

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

#[test]
fn what_is_for_no_call_is_answered() {
    story(|engine, peer| async move {
        let (_anna, contact) = registered(&engine, &peer).await;
        let nobody = uri("sip:nobody@a.example");
        for (method, uri, tag, expected) in [
            ("OPTIONS", &contact, None, 200),
            ("OPTIONS", &uri("sip:a.example"), None, 200),
            ("OPTIONS", &nobody, None, 404),
            ("INVITE", &nobody, None, 404),
            ("INVITE", &contact, Some("x"), 481),
            ("BYE", &contact, Some("x"), 481),
            ("BYE", &contact, None, 481),
            ("UPDATE", &contact, None, 481),
            ("CANCEL", &contact, None, 481),
            ("SUBSCRIBE", &contact, None, 405),
            ("REGISTER", &contact, None, 405),
            ("NOTHING", &contact, None, 501),
        ] {
            assert_eq!(status(&engine, &peer, method, uri, tag).await, expected, "{method} {uri}");
        }
        peer.ask(engine.address, "OPTIONS", &contact, None).await;
        let told = peer.response().await;
        assert!(told.headers.text(&name::ALLOW).unwrap().contains("INVITE, ACK, CANCEL, BYE"));
        assert_eq!(told.headers.text(&name::ACCEPT).as_deref(), Some("application/sdp"));
    });
}

#[test]
fn a_caller_needs_the_contact_or_the_trust_of_the_network() {
    story(|engine, peer| async move {
        let (_anna, contact) = registered(&engine, &peer).await;
        // Nobody has a device here: 480 says that the account was found.
        assert_eq!(status(&engine, &peer, "INVITE", &contact, None).await, 480);
        let by_name = uri("sip:anna@127.0.0.1");
        assert_eq!(status(&engine, &peer, "INVITE", &by_name, None).await, 404);
        let trunk = json!({ "register": false, "trusted": ["127.0.0.0/8"] });
        let mut ben = engine.account(&peer, "ben", "", trunk);
        ben.stands(State::Connected, StateReason::Ok).await;
        assert_eq!(status(&engine, &peer, "INVITE", &uri("sip:Ben@127.0.0.1"), None).await, 480);
        // A trusted source reaches the accounts of its network, and nothing beyond the engine.
        assert_eq!(status(&engine, &peer, "INVITE", &by_name, None).await, 404);
        assert_eq!(status(&engine, &peer, "INVITE", &uri("sip:+491@c.example"), None).await, 404);
        let far = json!({ "register": false, "trusted": ["192.0.2.0/24"] });
        let mut cleo = engine.account(&peer, "cleo", "", far);
        cleo.stands(State::Connected, StateReason::Ok).await;
        assert_eq!(status(&engine, &peer, "INVITE", &uri("sip:cleo@127.0.0.1"), None).await, 404);
    });
}

#[test]
fn a_draining_engine_takes_no_calls() {
    story(|engine, peer| async move {
        let (_anna, contact) = registered(&engine, &peer).await;
        engine.exchange.draining.store(true, Ordering::Relaxed);
        peer.ask(engine.address, "INVITE", &contact, None).await;
        let refused = peer.response().await;
        assert_eq!((refused.status().code(), refused.headers.has(&name::RETRY_AFTER)), (503, true));
    });
}

#[test]
fn messages_that_wait_are_told() {
    story(|engine, peer| async move {
        let (mut anna, contact) = registered(&engine, &peer).await;
        let mut notify = peer.request("NOTIFY", &contact, None);
        notify.headers.push(name::EVENT, "message-summary");
        let kind = MediaType::parse("application/simple-message-summary").unwrap();
        notify.set_body(&kind, b"Messages-Waiting: yes\r\nVoice-Message: 2/1 (0/0)\r\n".to_vec());
        peer.send(engine.address, &notify).await;
        assert_eq!(peer.response().await.status().code(), 200);
        let told = anna.stands(State::Connected, StateReason::Ok).await;
        assert_eq!(told.detail.as_deref(), Some("2 new messages"));
    });
}

#[test]
fn a_stranger_is_answered_once_for_each_copy_and_never_again() {
    story(|engine, peer| async move {
        let invite = peer.request("INVITE", &uri("sip:nobody@a.example"), None);
        let mut tags = Vec::new();
        for _ in 0..2 {
            peer.send(engine.address, &invite).await;
            let refused = peer.response().await;
            tags.push((refused.status().code(), refused.headers.to().unwrap().tag().map(|tag| tag.into_owned())));
        }
        assert!(tags[0].0 == 404 && tags[0].1.is_some() && tags[0] == tags[1], "{tags:?}");
        // Nothing is acknowledged: a response that is kept would come again after half a second (timer G).
        peer.silent_for(Duration::from_millis(700)).await;
    });
}

#[test]
fn a_trunk_is_asked_whether_it_is_there() {
    story(|engine, peer| async move {
        let config = json!({ "register": false, "keepAlive": 1 });
        let mut ben = engine.account(&peer, "ben", "", config);
        ben.stands(State::Connected, StateReason::Ok).await;
        let (Message::Request(asked), source) = peer.next().await else { panic!("a request expected") };
        assert_eq!((asked.method(), asked.uri()), (&Method::Options, &uri(&format!("sip:{}", peer.address()))));
        peer.answer(&asked, source, 405, &[]).await;
        ben.stands(State::Connected, StateReason::Ok).await;
    });
}
