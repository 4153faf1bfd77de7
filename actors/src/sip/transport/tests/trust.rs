//! Whom TLS trusts.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sip::message::Status;
use sip::transport::Protocol;

use super::super::*;
use super::bench::*;
use crate::config::Tls;

fn trusting(bench: &Bench, host: &str, verify: bool, ca: Option<&str>, pin: Option<String>) -> Route {
    let next = format!("sip:{host}:{};transport=tls", bench.address(Protocol::Tls).port());
    Route { tls: Arc::new(Tls { verify, ca: ca.map(str::to_owned), pin }), ..route(&next) }
}

fn secure(name: &str) -> (Bench, String, String) {
    let (ca, certificate, tls) = certified(name);
    let pin = format!("sha256/{}", STANDARD.encode(digest::digest(&digest::SHA256, &certificate)));
    let far = With { tls: Some(tls), ..With::listen(vec![on(Protocol::Tls, "127.0.0.1")]) }.start();
    (far, ca, pin)
}

/// Both names are this machine.
fn near() -> Bench {
    let with = With::listen(vec![]);
    for name in ["good.example", "other.example"] {
        with.zone.addresses.lock().unwrap().insert(name.to_owned(), vec!["127.0.0.1".parse().unwrap()]);
    }
    with.start()
}

#[actix::test]
async fn a_certificate_that_is_trusted_is_asked_once_and_its_connection_shared() {
    let (mut near, (mut far, ca, pin)) = (near(), secure("good.example"));
    let mut flows = Vec::new();
    for (verify, ca, pin) in [
        (true, Some(ca.as_str()), None),
        (true, Some(ca.as_str()), None),
        (true, Some(ca.as_str()), Some(pin.clone())),
        (false, None, Some(pin.clone())),
        (false, None, None),
    ] {
        near.send(request("OPTIONS", "one"), trusting(&far, "good.example", verify, ca, pin));
        far.answer(Status::OK).await;
        flows.push(near.hop().await.flow);
    }
    assert_eq!(flows[0], flows[1], "the same name and trust share a connection");
    flows.dedup();
    assert_eq!(flows.len(), 4, "another trust has its own");
}

#[actix::test]
async fn a_certificate_that_is_not_trusted_is_refused_with_the_reason() {
    let (mut near, (far, ca, _)) = (near(), secure("good.example"));
    let (_, other_ca, other_pin) = secure("good.example");
    for (host, verify, ca, pin, reason) in [
        ("other.example", true, Some(ca.as_str()), None, "not valid for name"),
        ("good.example", true, Some(other_ca.as_str()), None, "invalid peer certificate"),
        ("good.example", true, None, None, "invalid peer certificate"),
        ("good.example", true, Some(ca.as_str()), Some(other_pin.clone()), "pinned"),
        ("good.example", false, None, Some(other_pin.clone()), "pinned"),
        ("good.example", true, Some("nothing"), None, ""),
        ("good.example", false, None, Some("sha256/?".to_owned()), "`tls.pin`"),
    ] {
        near.send(request("OPTIONS", "one"), trusting(&far, host, verify, ca, pin));
        let FromTransport::NoResponse { status, cause: Cause::Tls(why), .. } = near.heard().await else {
            panic!("TLS must fail: {reason}");
        };
        assert!(status == Status::SERVICE_UNAVAILABLE && why.contains(reason), "{why}");
    }
    assert_eq!(far.counters.sip_received.get(), 0);
}

#[actix::test]
async fn a_tls_listener_needs_a_certificate() {
    let error = With::listen(vec![on(Protocol::Tls, "127.0.0.1")]).open().err().unwrap();
    assert_eq!(error.to_string(), "tls:127.0.0.1:0: a certificate expected");
}
