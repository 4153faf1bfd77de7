//! RFC 4475, section by section.

use sip::message::{Contacts, Message, Method, Uri, name, parts};

use crate::Want::{self, Answer, Discard, Read, Refuse};

pub fn table() -> Vec<(&'static str, Want)> {
    vec![
        // 3.1.1: valid, however they look.
        ("wsinv", Read(wsinv)),
        ("intmeth", Answer(501)),
        ("esc01", Read(esc01)),
        ("escnull", Read(escnull)),
        ("esc02", Answer(501)),
        ("lwsdisp", Read(|m| assert_eq!(m.headers().from().unwrap().display(), Some("caller")))),
        ("longreq", Read(|m| assert_eq!((m.headers().vias().unwrap().len(), m.body().len()), (34, 150)))),
        ("dblreq", Read(|m| assert!(m.headers().cseq().unwrap().method == Method::Register && m.body().is_empty()))),
        ("semiuri", Read(|m| assert_eq!(uri(m).user().as_deref(), Some("user;par=u@example.net")))),
        ("transports", Read(transports)),
        ("mpart01", Read(mpart01)),
        ("unreason", Read(|m| assert_eq!(reason(m), "= 2**3 * 5**2 но сто девяносто девять - простое"))),
        ("noreason", Read(|m| assert_eq!(reason(m), ""))),
        // 3.1.2: invalid.
        ("badinv01", Refuse(400)),
        ("clerr", Refuse(400)),
        ("ncl", Refuse(400)),
        ("scalar02", Refuse(400)),
        ("scalarlg", Discard),
        ("quotbal", Refuse(400)),
        ("ltgtruri", Refuse(400)),
        ("lwsruri", Refuse(400)),
        ("lwsstart", Refuse(400)),
        ("trws", Refuse(400)),
        ("escruri", Refuse(400)),
        // A Date that is not GMT may be refused or overlooked; nothing here uses it.
        ("baddate", Read(|m| assert!(m.headers().has(&name::DATE)))),
        ("regbadct", Refuse(400)),
        ("badaspec", Refuse(400)),
        ("baddn", Refuse(400)),
        ("badvers", Refuse(505)),
        ("mismatch01", Refuse(400)),
        // 400 or 501, as one likes.
        ("mismatch02", Refuse(400)),
        ("bigcode", Discard),
        // 3.2: a branch that is the cookie alone is no transaction id.
        ("badbranch", Read(|m| assert_eq!(m.headers().via().unwrap().rfc3261_branch(), None))),
        // 3.3: for who acts on them.
        ("insuf", Refuse(400)),
        ("unkscm", Answer(416)),
        ("novelsc", Answer(416)),
        // A registrar refuses such a To; whoever only reads it must not fail.
        ("unksm2", Read(unksm2)),
        ("bext01", Answer(420)),
        ("invut", Answer(415)),
        ("regaut01", Read(|m| assert_eq!(m.headers().authorizations().unwrap()[0].scheme, "NoOneKnowsThisScheme"))),
        ("multi01", Refuse(400)),
        ("mcl01", Refuse(400)),
        // Two Vias in a response are not for us: the transaction layer drops what has no transaction.
        ("bcast", Read(|m| assert_eq!(m.headers().vias().unwrap().len(), 2))),
        ("zeromf", Read(|m| assert_eq!(m.headers().max_forwards(), Ok(Some(0))))),
        ("cparam01", Read(|m| assert!(contacts(m)[0].params().has("unknownparam")))),
        ("cparam02", Read(|m| assert!(contacts(m)[0].uri.as_sip().unwrap().params().has("unknownparam")))),
        (
            "regescrt",
            Read(|m| {
                assert_eq!(contacts(m)[0].uri.as_sip().unwrap().headers().next().unwrap().1, "<sip:sip.example.com>")
            }),
        ),
        ("sdp01", Answer(406)),
        // 3.4: RFC 2543.
        ("inv2543", Read(|m| assert!(m.headers().max_forwards() == Ok(None) && !m.body().is_empty()))),
    ]
}

fn uri(message: &Message) -> &Uri {
    match message {
        Message::Request(request) => request.uri(),
        Message::Response(_) => panic!("a request"),
    }
}

fn reason(message: &Message) -> &str {
    match message {
        Message::Response(response) => response.reason(),
        Message::Request(_) => panic!("a response"),
    }
}

fn contacts(message: &Message) -> Vec<sip::message::NameAddr> {
    match message.headers().contacts() {
        Ok(Contacts::List(list)) => list,
        other => panic!("{other:?}"),
    }
}

fn wsinv(message: &Message) {
    let headers = message.headers();
    assert_eq!(uri(message).as_sip().unwrap().params().raw("unknownparam"), None);
    assert_eq!(headers.to().unwrap().tag().as_deref(), Some("1918181833n"));
    assert_eq!(headers.from().unwrap().display(), Some("J Rosenberg \\\""));
    assert_eq!((headers.max_forwards(), headers.cseq().unwrap().number), (Ok(Some(68)), 9));
    let hops: Vec<_> = headers.vias().unwrap().iter().map(|via| format!("{} {}", via.transport(), via.host)).collect();
    assert_eq!(hops, ["UDP 192.0.2.2", "TCP spindle.example.com", "UDP 192.168.255.111"]);
    assert_eq!(headers.vias().unwrap()[2].branch().as_deref(), Some("z9hG4bK30239"));
    assert_eq!(
        headers.text(&name::Name::parse("newfangledheader").unwrap()).as_deref(),
        Some("newfangled value continued newfangled value")
    );
    let contact = &contacts(message)[0];
    assert_eq!(
        (contact.display(), contact.params().raw("newparam"), contact.params().raw("q")),
        (Some("Quoted string \"\""), Some("newvalue"), Some("0.33"))
    );
    assert_eq!(message.body().len(), 150);
}

fn esc01(message: &Message) {
    assert_eq!(uri(message).scheme(), "sip");
    assert_eq!(uri(message).user().as_deref(), Some("sips:user@example.com"));
    assert_eq!(message.headers().to().unwrap().uri.user().as_deref(), Some("user"));
    let contact = contacts(message).remove(0).uri;
    let params: Vec<_> = contact
        .as_sip()
        .unwrap()
        .params()
        .iter()
        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
        .collect();
    assert_eq!(params, [("%6C%72".to_owned(), None), ("n%61me".to_owned(), Some("v%61lue%25%34%31".to_owned()))]);
}

fn escnull(message: &Message) {
    let [one, two] = &contacts(message)[..] else { panic!("two contacts") };
    assert_eq!((one.uri.user().as_deref(), two.uri.user().as_deref()), (Some("\0"), Some("\0\0")));
    assert!(!one.uri.is_equivalent(&two.uri));
}

fn transports(message: &Message) {
    let vias = message.headers().vias().unwrap();
    let names: Vec<_> = vias.iter().map(|via| via.transport()).collect();
    assert_eq!(names, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

fn mpart01(message: &Message) {
    let kind = message.headers().content_type().unwrap().unwrap();
    let read = parts(&kind, message.body()).unwrap();
    assert_eq!((read.len(), read[0].body), (2, &b"Hello"[..]));
    assert!(
        read[1].kind.is("application/octet-stream")
            && read[1].body.starts_with(b"\x30\x82")
            && read[1].body.contains(&b'\n')
    );
}

fn unksm2(message: &Message) {
    let headers = message.headers();
    assert_eq!((headers.to().unwrap().uri.scheme(), headers.from().unwrap().uri.scheme()), ("isbn", "http"));
    assert_eq!(contacts(message)[0].uri.scheme(), "name");
}
