//! The `config` keys that a registrar sees; the others are in `tests::config_keys`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use signal::account::{State, StateReason};
use sip::message::{Request, Status, name};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;

use super::flows::confirm;
use super::network::story;

const CHALLENGE: &str = "Digest realm=\"a.example\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"";

#[test]
fn auth_user_is_who_proves_the_password() {
    story(|engine, peer| async move {
        engine.account(&peer, "anna", "secret", json!({ "authUser": "trunk-7" }));
        let (first, source) = peer.register().await;
        peer.answer(&first, source, 401, &[(name::WWW_AUTHENTICATE, CHALLENGE)]).await;
        let (second, _) = peer.register().await;
        let proof = second.headers.text(&name::AUTHORIZATION).unwrap().into_owned();
        assert!(proof.contains("username=\"trunk-7\""), "{proof}");
        assert_eq!(second.headers.to().unwrap().uri.to_string(), "sip:anna@a.example");
    });
}

#[test]
fn realm_is_the_only_one_that_is_answered() {
    story(|engine, peer| async move {
        let mut anna = engine.account(&peer, "anna", "secret", json!({ "realm": "b.example" }));
        let (first, source) = peer.register().await;
        peer.answer(&first, source, 401, &[(name::WWW_AUTHENTICATE, CHALLENGE)]).await;
        anna.stands(State::Failed, StateReason::WrongCredentials).await;
        engine.account(&peer, "ben", "secret", json!({ "realm": "a.example" }));
        let (first, source) = peer.register().await;
        peer.answer(&first, source, 401, &[(name::WWW_AUTHENTICATE, CHALLENGE)]).await;
        assert!(peer.register().await.0.headers.has(&name::AUTHORIZATION));
    });
}

#[test]
fn transport_counts_where_no_uri_says() {
    story(|engine, peer| async move {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let registrar = format!("sip:{}", listener.local_addr().unwrap());
        let config = json!({ "registrar": registrar, "transport": "tcp" });
        let mut anna = engine.account(&peer, "anna", "secret", config);
        let (mut stream, _) = listener.accept().await.unwrap();
        confirm(&mut stream).await;
        anna.stands(State::Connected, StateReason::Ok).await;
    });
}

#[test]
fn keep_alive_says_how_often_the_flow_is_kept() {
    story(|engine, peer| async move {
        engine.account(&peer, "anna", "secret", json!({ "keepAlive": 1 }));
        let (register, source) = peer.register().await;
        peer.take(&register, source).await;
        assert_eq!(peer.datagram().await, b"\r\n\r\n");
        engine.account(&peer, "ben", "secret", json!({ "keepAlive": 0 }));
    });
}

/// A registrar behind TLS that takes everybody, and tells what it took.
struct Secure {
    address: SocketAddr,
    /// PEM of its authority.
    ca: String,
    pin: String,
    taken: UnboundedReceiver<Request>,
}

/// What a TLS server at 127.0.0.1 shows, the PEM of its authority and its pin.
pub fn certified() -> (TlsAcceptor, String, String) {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&authority_key).unwrap().pem();
    let (issuer, key) = (Issuer::new(authority, authority_key), KeyPair::generate().unwrap());
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let pin = format!("sha256/{}", STANDARD.encode(digest::digest(&digest::SHA256, leaf.der())));
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let server = server.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], private).unwrap();
    (TlsAcceptor::from(Arc::new(server)), ca, pin)
}

async fn secure() -> Secure {
    let (acceptor, ca, pin) = certified();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, taken) = unbounded_channel();
    actix::spawn(async move {
        let mut streams = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            // Who does not trust it hangs up.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = told.send(confirm(&mut stream).await);
                streams.push(stream);
            }
        }
    });
    Secure { address, ca, pin, taken }
}

#[test]
fn tls_says_whom_to_trust() {
    story(|engine, peer| async move {
        let Secure { address: registrar, ca, pin, .. } = secure().await;
        let other = format!("sha256/{}", STANDARD.encode([0; 32]));
        let rows: [(Value, bool); 6] = [
            (json!({}), false),
            (json!({ "ca": ca }), true),
            (json!({ "verify": false }), true),
            (json!({ "ca": ca, "pin": pin }), true),
            (json!({ "verify": false, "pin": pin }), true),
            (json!({ "ca": ca, "pin": other }), false),
        ];
        for (number, (tls, is_trusted)) in rows.into_iter().enumerate() {
            let config = json!({ "registrar": format!("sip:{registrar};transport=tls"), "tls": tls });
            let mut account = engine.account(&peer, &format!("user{number}"), "secret", config);
            match is_trusted {
                true => account.stands(State::Connected, StateReason::Ok).await,
                false => account.stands(State::Failed, StateReason::TlsFailed).await,
            };
        }
    });
}

#[test]
fn an_account_on_tls_is_not_rung_without() {
    story(|engine, peer| async move {
        let Secure { address, ca, mut taken, .. } = secure().await;
        let config = json!({ "registrar": format!("sip:{address};transport=tls"), "tls": { "ca": ca } });
        let mut anna = engine.account(&peer, "anna", "secret", config);
        anna.stands(State::Connected, StateReason::Ok).await;
        let register = taken.recv().await.unwrap();
        let contact = register.headers.contacts().unwrap().first().unwrap().uri.clone();
        // It has the registrar's address, as anybody may write into a datagram.
        peer.ask(engine.address, "INVITE", &contact, None).await;
        assert_eq!(peer.response().await.status(), Status::NOT_FOUND);
    });
}
