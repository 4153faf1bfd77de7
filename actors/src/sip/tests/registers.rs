//! An account and its registrar.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use signal::account::{State, StateReason};
use sip::digest::verify;
use sip::message::{Method, Request, name};

use super::network::{Engine, Peer, story};
use crate::limits::REGISTERS_PER_REGISTRAR;
use crate::sip::{KillUpstreams, Panic};

const CHALLENGE: &str = "Digest realm=\"a.example\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"";

fn proves(request: &Request, password: &str) -> bool {
    let values = request.headers.challenges(name::AUTHORIZATION).unwrap();
    verify(values.first().expect("credentials"), &Method::Register, password)
}

/// An account that is registered.
async fn registered(engine: &Engine, peer: &Peer) -> super::network::Account {
    let mut anna = engine.account(peer, "anna", "secret", json!({}));
    let (register, source) = peer.register().await;
    peer.take(&register, source).await;
    anna.stands(State::Connected, StateReason::Ok).await;
    anna
}

#[test]
fn a_challenge_of_the_registrar_is_answered() {
    story(|engine, peer| async move {
        let mut anna = engine.account(&peer, "anna", "secret", json!({ "expires": 120 }));
        let (first, source) = peer.register().await;
        assert!(!first.headers.has(&name::AUTHORIZATION));
        assert_eq!(first.headers.to().unwrap().uri.to_string(), "sip:anna@a.example");
        assert_eq!(first.uri().to_string(), format!("sip:{}", peer.address()));
        peer.answer(&first, source, 401, &[(name::WWW_AUTHENTICATE, CHALLENGE)]).await;
        let (second, source) = peer.register().await;
        assert!(proves(&second, "secret"));
        assert_eq!((second.headers.text(&name::EXPIRES).as_deref(), second.cseq().unwrap().number), (Some("120"), 2));
        peer.take(&second, source).await;
        anna.stands(State::Connected, StateReason::Ok).await;
        assert_eq!(engine.exchange.counters.sip_registered.get(), 1);
    });
}

#[test]
fn a_wrong_password_is_not_tried_again() {
    story(|engine, peer| async move {
        let mut anna = engine.account(&peer, "anna", "wrong", json!({}));
        for _ in 0..2 {
            let (register, source) = peer.register().await;
            peer.answer(&register, source, 401, &[(name::WWW_AUTHENTICATE, CHALLENGE)]).await;
        }
        let told = anna.stands(State::Failed, StateReason::WrongCredentials).await;
        assert_eq!(told.retry_in, None);
        peer.silent().await;
    });
}

#[test]
fn a_binding_that_is_too_brief_is_asked_for_longer() {
    story(|engine, peer| async move {
        let mut anna = engine.account(&peer, "anna", "secret", json!({ "expires": 60 }));
        let (brief, source) = peer.register().await;
        peer.answer(&brief, source, 423, &[(name::MIN_EXPIRES, "1200")]).await;
        let (longer, source) = peer.register().await;
        assert_eq!(longer.headers.text(&name::EXPIRES).as_deref(), Some("1200"));
        peer.take(&longer, source).await;
        anna.stands(State::Connected, StateReason::Ok).await;
    });
}

#[test]
fn an_outage_is_told_and_ends_by_itself() {
    story(|engine, peer| async move {
        let mut anna = engine.account(&peer, "anna", "secret", json!({}));
        let (register, source) = peer.register().await;
        peer.answer(&register, source, 503, &[]).await;
        let told = anna.stands(State::Failed, StateReason::Rejected).await;
        assert!(told.retry_in.is_some() && told.detail.unwrap().contains("503"));
        let (again, source) = peer.register().await;
        peer.take(&again, source).await;
        anna.stands(State::Connected, StateReason::Ok).await;
    });
}

#[test]
fn an_unknown_account_and_a_bad_identifier_are_told_apart_from_outages() {
    story(|engine, peer| async move {
        let mut anna = engine.account(&peer, "anna", "secret", json!({}));
        let (register, source) = peer.register().await;
        peer.answer(&register, source, 404, &[]).await;
        anna.stands(State::Failed, StateReason::UnknownAccount).await;
        let mut bad = engine.account(&peer, "xmpp:ben@b.example", "secret", json!({}));
        let told = bad.stands(State::Failed, StateReason::UnknownAccount).await;
        assert!(told.detail.unwrap().starts_with("identifier:"));
    });
}

#[test]
fn accounts_of_one_password_share_one_registration() {
    story(|engine, peer| async move {
        let anna = registered(&engine, &peer).await;
        let mut device = engine.account(&peer, "anna", "secret", json!({}));
        device.stands(State::Connected, StateReason::Ok).await;
        peer.silent().await;
        // Another password is another user agent.
        let mut other = engine.account(&peer, "anna", "other", json!({}));
        let (register, source) = peer.register().await;
        peer.take(&register, source).await;
        other.stands(State::Connected, StateReason::Ok).await;
        assert_eq!(engine.exchange.counters.sip_upstreams.get(), 2);
        // The last one out takes the binding back.
        anna.detach();
        peer.silent().await;
        device.detach();
        let (gone, source) = peer.register().await;
        assert_eq!(gone.headers.text(&name::EXPIRES).as_deref(), Some("0"));
        peer.answer(&gone, source, 200, &[]).await;
        peer.silent().await;
        assert_eq!(engine.exchange.counters.sip_upstreams.get(), 1);
    });
}

#[test]
fn an_engine_that_ends_takes_its_bindings_back() {
    story(|engine, peer| async move {
        let _anna = registered(&engine, &peer).await;
        engine.exchange.unregister();
        let (gone, source) = peer.register().await;
        assert_eq!(gone.headers.text(&name::EXPIRES).as_deref(), Some("0"));
        peer.answer(&gone, source, 200, &[]).await;
        peer.silent().await;
        assert_eq!(engine.exchange.counters.sip_registered.get(), 0);
    });
}

#[test]
fn a_dead_connector_is_rebuilt_and_knows_the_registrations() {
    story(|engine, peer| async move {
        let _anna = registered(&engine, &peer).await;
        let dead = engine.exchange.sip();
        let _ = dead.send(Panic).await;
        while engine.exchange.sip() == dead {
            tokio::task::yield_now().await;
        }
        let mut device = engine.account(&peer, "anna", "secret", json!({}));
        device.stands(State::Connected, StateReason::Ok).await;
        peer.silent().await;
    });
}

#[test]
fn a_dead_upstream_is_rebuilt_and_registers_again() {
    story(|engine, peer| async move {
        let mut anna = engine.account(&peer, "anna", "secret", json!({}));
        let (register, source) = peer.register().await;
        peer.take(&register, source).await;
        anna.stands(State::Connected, StateReason::Ok).await;
        engine.exchange.sip().send(KillUpstreams).await.unwrap();
        let (again, source) = peer.register().await;
        assert_ne!(again.headers.call_id(), register.headers.call_id(), "its numbers begin anew");
        peer.take(&again, source).await;
        anna.stands(State::Connected, StateReason::Ok).await;
        assert_eq!(engine.exchange.counters.sip_registered.get(), 1);
    });
}

#[test]
fn an_upstream_that_dies_with_its_connector_is_rebuilt_too() {
    story(|engine, peer| async move {
        let mut anna = registered(&engine, &peer).await;
        let dead = engine.exchange.sip();
        dead.do_send(KillUpstreams);
        let _ = dead.send(Panic).await;
        let (again, source) = peer.register().await;
        peer.take(&again, source).await;
        anna.stands(State::Connected, StateReason::Ok).await;
        peer.silent().await;
        assert_eq!(engine.exchange.counters.sip_upstreams.get(), 1);
    });
}

#[test]
fn a_dead_upstream_that_nobody_uses_any_more_stays_dead() {
    story(|engine, peer| async move {
        let anna = registered(&engine, &peer).await;
        engine.exchange.sip().send(KillUpstreams).await.unwrap();
        while engine.exchange.counters.actors_rebuilt.get() == 0 {
            tokio::task::yield_now().await;
        }
        anna.detach();
        let gone = async {
            while engine.exchange.counters.sip_upstreams.get() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
        peer.silent().await;
    });
}

#[test]
fn many_accounts_register_a_few_at_a_time() {
    const ACCOUNTS: usize = 3 * REGISTERS_PER_REGISTRAR;
    story(|engine, peer| async move {
        let accounts: Vec<_> =
            (0..ACCOUNTS).map(|n| engine.account(&peer, &format!("user{n}"), "secret", json!({}))).collect();
        let mut asked = Vec::new();
        while asked.len() < REGISTERS_PER_REGISTRAR {
            asked.push(peer.register().await);
        }
        // No other is sent before one of these is answered.
        peer.silent().await;
        let mut taken = HashSet::new();
        while taken.len() < ACCOUNTS {
            let (register, source) = match asked.pop() {
                Some(asked) => asked,
                None => peer.register().await,
            };
            peer.take(&register, source).await;
            taken.insert(register.headers.call_id().unwrap());
        }
        for mut account in accounts {
            account.stands(State::Connected, StateReason::Ok).await;
        }
    });
}

#[test]
fn an_account_does_not_register_where_sip_is_not_sent() {
    actix::System::new().block_on(async {
        let (engine, peer) = (Engine::unlisted(&[]).await, Peer::new().await);
        let mut anna = engine.account(&peer, "anna", "secret", json!({}));
        let told = anna.stands(State::Failed, StateReason::Unreachable).await;
        assert_eq!(told.detail.as_deref(), Some("this engine does not send SIP to the next hop"));
        peer.silent().await;
    });
}
