//! The challenge of a stranger, and what we answer to it: credentials that prove the password, that can be read, and
//! that hold nothing of ours but what belongs there.

use sip::digest::{Client, Credentials, Realm, verify};
use sip::message::{Host, Method, Request, Response, Status, Uri, name};

const PASSWORD: &str = "open\"sesame";

/// Panics on a finding.
pub fn check(text: &str) {
    let (Some(host), Some(uri)) = (Host::parse("h.example"), Uri::parse("sip:h.example")) else { return };
    let mut request = Request::new(Method::Register, uri);
    request.set_body(&sip::message::MediaType::sdp(), b"v=0".to_vec());
    let mut challenged = Response::new(Status::UNAUTHORIZED);
    text.lines().for_each(|line| challenged.headers.push(name::WWW_AUTHENTICATE, line));
    // What a stranger may send us as its own credentials.
    challenged.headers.challenges(name::WWW_AUTHENTICATE).into_iter().flatten().for_each(|credentials| {
        assert!(!verify(&credentials, &Method::Register, PASSWORD), "nobody guesses it");
    });
    let mut client = Client::new(Credentials {
        username: "al\\ice".into(),
        password: PASSWORD.into(),
        realm: Realm::OfNextHop,
        next_hop: host.clone(),
    });
    let taken = client.challenged(&request, &challenged, &host);
    client.sign(&mut request, &host, "cnonce");
    let Ok(()) = taken else {
        assert!(!request.headers.has(&name::AUTHORIZATION), "nothing is answered to what was refused");
        return;
    };
    let written = String::from_utf8_lossy(&request.to_bytes()).into_owned();
    assert!(!written.contains(PASSWORD) && !written.contains("sesame"));
    let read = request.headers.authorizations().expect("our own credentials can be read");
    let [own] = read.as_slice() else { panic!("one set of credentials: {written}") };
    // With auth-int the body counts, which `verify` does not see.
    if own.get("qop").is_none_or(|qop| qop == "auth") && own.get("userhash").is_none() {
        assert!(verify(own, &Method::Register, PASSWORD), "{written}");
    }
}
