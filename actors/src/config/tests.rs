use std::time::Duration;

use media::record::Container;
use serde_json::{Map, Value, json};
use signal::Connector;

use super::{Common, Webrtc, check, merge};

/// Of nobody.
const CA: &str = "-----BEGIN CERTIFICATE-----\n\
    MIIBcTCCARegAwIBAgIUbG5EdIdgE8dRX8/7VMvGZQRj6XcwCgYIKoZIzj0EAwIw\n\
    DTELMAkGA1UEAwwCY2EwIBcNMjYxMTIzMTAyNjE1WhgPMjEyNjEwMzAxMDI2MTVa\n\
    MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6UUeTE8W\n\
    GdRXI6bxt54S6YkuC9iLidbMHIjsbZochI5PVxGWnJWizP6m/CcsehgvajGDFj3K\n\
    2sqUP+iHJFkuAaNTMFEwHQYDVR0OBBYEFH8qJmxIyfVzKHDc6m82/I6zEcDvMB8G\n\
    A1UdIwQYMBaAFH8qJmxIyfVzKHDc6m82/I6zEcDvMA8GA1UdEwEB/wQFMAMBAf8w\n\
    CgYIKoZIzj0EAwIDSAAwRQIgVahfQF3ijsv+xpu0yz2maI4jULGNYSk0rL29TXg0\n\
    r70CIQDl7JkmxRBQlRv/A2bisbNmza/yemsQpAz6iPtAVf/HSQ==\n\
    -----END CERTIFICATE-----\n";
const PIN: &str = "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

mod sip;

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// The key `config` is refused for; empty if it is taken.
fn refused(connector: Connector, config: Value) -> String {
    check(connector, &map(config)).err().map(|e| e.key).unwrap_or_default()
}

#[test]
fn every_key_of_the_document_is_taken() {
    let any = json!({"capabilities": ["audio", "video", "dtmf", "screen", "conference", "message"],
        "allowedTargets": ["echo", "+49*"], "maxCalls": 2, "record": true, "xms": {"old": 1}, "unknown": null});
    let sip = json!({"registrar": "sip:reg.example:5070;transport=tcp", "proxy": "sips:[2001:db8::1]:5061", "domain": "example.org",
        "register": false, "expires": 600, "authUser": "a", "realm": "r", "displayName": "Anna", "transport": "tls",
        "trusted": ["192.0.2.0/24", "2001:db8::/32", "192.0.2.9"], "trustIdentity": true, "codecs": ["opus", "PCMA"],
        "dtmf": "rfc4733", "srtp": "optional", "sessionExpires": 1800, "prack": true, "keepAlive": 20,
        "tls": {"verify": true, "ca": CA, "pin": PIN},
        "numberRules": [{"match": "0*", "replace": ""}], "ringTimeout": 30});
    let xmpp = json!({"host": "xmpp.example", "port": 5223, "directTls": true, "allowPlain": false,
        "tls": {"verify": false}, "resource": "rtc", "route": "gateway.example"});
    let conference = json!({"createRooms": true, "maxParticipants": 50, "lastN": 9, "dialIn": {"+4930": "standup"}, "record": false});
    assert_eq!(refused(Connector::Webrtc, any), "");
    assert_eq!(refused(Connector::Webrtc, json!({"relay": true, "ringTimeout": 45})), "");
    assert_eq!(refused(Connector::Sip, sip), "");
    assert_eq!(refused(Connector::Xmpp, xmpp), "");
    assert_eq!(refused(Connector::Conference, conference), "");
}

#[test]
fn a_wrong_type_or_value_names_its_key() {
    let cases = [
        (Connector::Webrtc, json!({"relay": "yes"}), "relay"),
        (Connector::Webrtc, json!({"ringTimeout": 0}), "ringTimeout"),
        (Connector::Webrtc, json!({"ringTimeout": 1.5}), "ringTimeout"),
        (Connector::Webrtc, json!({"capabilities": ["audio", "smell"]}), "capabilities[1]"),
        (Connector::Conference, json!({"allowedTargets": "echo"}), "allowedTargets"),
        (Connector::Conference, json!({"maxCalls": -1}), "maxCalls"),
        (Connector::Sip, json!({"record": "mp3"}), "record"),
        (Connector::Sip, json!({"record": 1}), "record"),
        (Connector::Conference, json!({"dialIn": {"+4930": 7}}), "dialIn.+4930"),
        (Connector::Sip, json!({"registrar": "reg.example"}), "registrar"),
        (Connector::Sip, json!({"registrar": "sip:reg.example:0"}), "registrar"),
        (Connector::Sip, json!({"registrar": "sip:reg.example;transport=pigeon"}), "registrar"),
        (Connector::Sip, json!({"proxy": "sip:a b"}), "proxy"),
        (Connector::Sip, json!({"proxy": "sip:[::1"}), "proxy"),
        (Connector::Sip, json!({"displayName": "a\r\nb"}), "displayName"),
        (Connector::Sip, json!({"trusted": ["10.0.0.0/33"]}), "trusted[0]"),
        (Connector::Sip, json!({"tls": {"verify": 1}}), "tls.verify"),
        (Connector::Sip, json!({"tls": true}), "tls"),
        (Connector::Sip, json!({"numberRules": [{"match": ""}]}), "numberRules[0].match"),
        (Connector::Sip, json!({"srtp": null}), "srtp"),
        (Connector::Sip, json!({"codecs": ["opus", "G729"]}), "codecs[1]"),
        (Connector::Sip, json!({"tls": {"pin": "sha256/x"}}), "tls.pin"),
        (Connector::Sip, json!({"tls": {"ca": "-----BEGIN CERTIFICATE-----\nx"}}), "tls.ca"),
        (Connector::Sip, json!({"numberRules": [{"match": "a**"}]}), "numberRules[0].match"),
        (Connector::Sip, json!({"sessionExpires": 30}), "sessionExpires"),
        (Connector::Sip, json!({"keepAlive": 1}), "keepAlive"),
        (Connector::Sip, json!({"expires": 59}), "expires"),
        (Connector::Sip, json!({"dtmf": "sms"}), "dtmf"),
        (Connector::Xmpp, json!({"port": 70000}), "port"),
    ];
    for (connector, config, key) in cases {
        assert_eq!(refused(connector, config.clone()), key, "{config}");
    }
}

#[test]
fn the_account_wins_deep() {
    let mut config = map(json!({"tls": {"verify": true, "pin": "a"}, "codecs": ["opus"], "dtmf": "auto"}));
    merge(&mut config, map(json!({"tls": {"verify": false}, "codecs": ["PCMA"]})));
    assert_eq!(
        Value::Object(config),
        json!({"tls": {"verify": false, "pin": "a"}, "codecs": ["PCMA"], "dtmf": "auto"})
    );
}

#[test]
fn readers_take_defaults() {
    let config = map(json!({"relay": true, "maxCalls": 3, "allowedTargets": ["echo"]}));
    let common = Common::from(&config);
    assert_eq!(
        (common.capabilities, common.allowed_targets, common.max_calls),
        (None, vec!["echo".to_owned()], Some(3))
    );
    assert_eq!(Webrtc::from(&config), Webrtc { relay: true, ring_timeout: Duration::from_secs(60) });
}

#[test]
fn calls_are_recorded_into_what_the_config_says() {
    let read = |value: Value| Common::from(&map(json!({"record": value}))).record;
    assert_eq!(
        ["true", "\"wav\"", "\"ogg\"", "false"].map(|text| read(serde_json::from_str(text).expect("JSON"))),
        [Some(Container::Wav), Some(Container::Wav), Some(Container::Ogg), None]
    );
    assert_eq!(Common::from(&Map::new()).record, None);
    assert_eq!(refused(Connector::Sip, json!({"record": "ogg"})), "");
}
