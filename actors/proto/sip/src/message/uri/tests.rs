use super::*;

#[test]
fn every_part_is_read_and_written_back() {
    let text = "sips:alice;x=1:pw@[2001:db8::10]:5061;transport=TLS;lr;maddr=[::1]?Subject=a%20b&Priority=urgent";
    let uri = Uri::parse(text).unwrap();
    let sip = uri.as_sip().unwrap();
    assert_eq!(sip.user().as_deref(), Some("alice;x=1"));
    assert_eq!((sip.password(), sip.port, sip.secure, sip.is_loose()), (Some("pw"), Some(5061), true, true));
    assert_eq!(sip.transport().as_deref(), Some("tls"));
    assert_eq!(sip.headers().next().unwrap().1, "a b");
    assert_eq!(uri.to_string(), text);
}

#[test]
fn tel_and_urn_are_uris() {
    let tel = Uri::parse("tel:7042;phone-context=example.com").unwrap();
    assert_eq!(
        (tel.scheme(), tel.user().as_deref(), tel.to_string().as_str()),
        ("tel", Some("7042"), "tel:7042;phone-context=example.com")
    );
    let urn = Uri::parse("urn:service:sos").unwrap();
    assert_eq!((urn.scheme(), urn.to_string().as_str()), ("urn", "urn:service:sos"));
    assert_eq!(Uri::parse("tel:+1(201)-555.0123").unwrap().user().as_deref(), Some("+1(201)-555.0123"));
}

#[test]
fn what_is_no_uri_is_refused() {
    for bad in [
        "",
        "alice",
        "sip:",
        "sip:@host",
        "sip:a b@host",
        "sip:a@host;",
        "sip:a@host;a;a=1",
        "sip:a@host:99999",
        "sip:a@ho st",
        "sip:a%4@host",
        "sip:a@host?x",
        "<sip:a@host>",
        "tel:",
        "tel:abc x",
        "1sip:a",
        "foo:",
        "foo:a b",
        "sip:a@b\r\nVia: x",
        "urn:a\r\nb",
        "sip:2001:db8::10",
        "sip:a<b@host",
        "sip:a@host;p=\"q\"",
    ] {
        assert!(Uri::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_number_sign_is_read_as_phones_send_it_and_written_escaped() {
    let read = Uri::parse("sip:#31#123@example.com").unwrap();
    assert_eq!(read.user().as_deref(), Some("#31#123"));
    let built = SipUri::new(Some("#31#"), Host::parse("h").unwrap(), None);
    assert_eq!(built.to_string(), "sip:%2331%23@h");
}

#[test]
fn what_is_built_is_escaped() {
    let mut uri = SipUri::new(Some("a b@c\r\n"), Host::parse("example.com").unwrap(), Some(5070));
    uri.set_param("transport", Some("tcp"));
    uri.set_param("ob", None);
    uri.push_header("Replaces", "1@h;to-tag=a;from-tag=b");
    let text = uri.to_string();
    assert_eq!(
        text,
        "sip:a%20b%40c%0D%0A@example.com:5070;transport=tcp;ob?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db"
    );
    let read = Uri::parse(&text).unwrap();
    assert_eq!(read.as_sip().unwrap().headers().next().unwrap().1, "1@h;to-tag=a;from-tag=b");
    assert_eq!(read.as_sip().unwrap().user().as_deref(), Some("a b@c\r\n"));
}
