//! Each key of `sip-connector` is read, and has its default.

use std::time::Duration;

use media::bridge::Srtp;
use serde_json::json;
use sip::transport::Protocol;

use super::super::{Dtmf, Sip, rewrite};
use super::{CA, PIN, map};

fn read(config: serde_json::Value) -> Sip {
    Sip::from(&map(config))
}

#[test]
fn what_is_missing_takes_its_default() {
    let sip = read(json!({}));
    assert_eq!((sip.registrar, sip.proxy, sip.domain, sip.transport), (None, None, None, None));
    assert_eq!((sip.register, sip.expires_s, sip.trust_identity, sip.prack, sip.ice), (true, 600, false, false, false));
    assert_eq!((sip.auth_user, sip.realm, sip.display_name), (None, None, None));
    assert_eq!((sip.dtmf, sip.srtp, sip.session_expires_s), (Dtmf::Auto, Srtp::Off, Some(1800)));
    assert_eq!((sip.keep_alive, sip.ring_timeout), (Some(Duration::from_secs(25)), Duration::from_secs(60)));
    assert_eq!(sip.codecs, ["opus", "G722", "PCMA", "PCMU"]);
    assert!(sip.trusted.is_empty() && sip.number_rules.is_empty());
    assert!(sip.tls.verify && sip.tls.ca.is_none() && sip.tls.pin.is_none());
}

#[test]
fn where_requests_go_is_read() {
    let sip = read(json!({"registrar": "sip:reg.example:5070;transport=tcp", "proxy": "sips:[2001:db8::1]:5061",
        "domain": "2001:db8::2", "transport": "tls", "register": false, "expires": 120}));
    let registrar = sip.registrar.unwrap();
    assert_eq!((registrar.port, registrar.transport().as_deref()), (Some(5070), Some("tcp")));
    assert!(sip.proxy.unwrap().secure);
    assert_eq!(sip.domain.unwrap().as_str(), "[2001:db8::2]");
    assert_eq!((sip.transport, sip.register, sip.expires_s), (Some(Protocol::Tls), false, 120));
}

#[test]
fn who_we_are_and_whom_we_trust_is_read() {
    let sip = read(json!({"authUser": "a", "realm": "r", "displayName": "Anna", "trustIdentity": true,
        "trusted": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.9"], "tls": {"verify": false, "ca": CA, "pin": PIN}}));
    assert_eq!((sip.auth_user.as_deref(), sip.realm.as_deref()), (Some("a"), Some("r")));
    assert_eq!((sip.display_name.as_deref(), sip.trust_identity), (Some("Anna"), true));
    let is_trusted =
        |address: &str| sip.trusted.iter().any(|net| net.contains(&address.parse::<std::net::IpAddr>().unwrap()));
    assert!(is_trusted("192.0.2.7") && is_trusted("2001:db8::9") && is_trusted("198.51.100.9"));
    assert!(!is_trusted("192.0.3.7") && !is_trusted("198.51.100.8") && !is_trusted("::1"));
    assert!(!sip.tls.verify && sip.tls.ca.as_deref() == Some(CA) && sip.tls.pin.as_deref() == Some(PIN));
}

#[test]
fn how_a_call_goes_is_read() {
    let sip = read(
        json!({"codecs": ["PCMU", "VP8"], "dtmf": "info", "srtp": "dtls", "ice": true, "sessionExpires": 0, "prack": true,
        "keepAlive": 0, "ringTimeout": 30, "numberRules": [{"match": "0*", "replace": "+49$1"}]}),
    );
    assert_eq!(sip.codecs, ["PCMU", "VP8"]);
    assert_eq!(
        (sip.dtmf, sip.srtp, sip.ice, sip.session_expires_s, sip.prack),
        (Dtmf::Info, Srtp::Dtls, true, None, true)
    );
    assert_eq!((sip.keep_alive, sip.ring_timeout), (None, Duration::from_secs(30)));
    assert_eq!(rewrite(&sip.number_rules, "030"), "+4930");
    for (word, srtp) in [("off", Srtp::Off), ("optional", Srtp::Optional), ("sdes", Srtp::Sdes)] {
        assert_eq!(read(json!({"srtp": word})).srtp, srtp);
    }
    assert_eq!(read(json!({"dtmf": "rfc4733"})).dtmf, Dtmf::Rfc4733);
}
