use super::super::verify;
use super::*;
use crate::message::{Method, Uri};

fn hop() -> Host {
    Host::parse("registrar.example.com").unwrap()
}

fn client(realm: Realm) -> Client {
    Client::new(Credentials { username: "bob".into(), password: "zanzibar".into(), realm, next_hop: hop() })
}

fn request() -> Request {
    Request::new(Method::Register, Uri::parse("sip:registrar.example.com").unwrap())
}

fn response(status: Status, challenges: &[&str]) -> Response {
    let mut response = Response::new(status);
    let header = if status == Status::UNAUTHORIZED { name::WWW_AUTHENTICATE } else { name::PROXY_AUTHENTICATE };
    response.headers.extend(&header, challenges);
    response
}

fn proofs(request: &Request) -> Vec<Challenge> {
    request.headers.authorizations().unwrap()
}

#[test]
fn the_strongest_challenge_is_answered_and_the_answer_verifies() {
    let mut client = client(Realm::Only("example.com".into()));
    let mut request = request();
    let challenges = [
        "Digest realm=\"example.com\", nonce=\"m\", qop=\"auth\"",
        "Digest realm=\"example.com\", nonce=\"s\", qop=\"auth,auth-int\", algorithm=SHA-256, opaque=\"o\"",
        "Digest realm=\"example.com\", nonce=\"x\", algorithm=TOP",
    ];
    client.challenged(&request, &response(Status::UNAUTHORIZED, &challenges), &hop()).unwrap();
    client.sign(&mut request, &hop(), "c1");
    let proof = &proofs(&request)[0];
    assert_eq!(
        (proof.get("nonce").as_deref(), proof.get("nc").as_deref(), proof.get("opaque").as_deref()),
        (Some("s"), Some("00000001"), Some("o"))
    );
    assert!(verify(proof, &Method::Register, "zanzibar") && !verify(proof, &Method::Register, "zanzibaR"));
    assert!(!verify(proof, &Method::Invite, "zanzibar"));
    client.sign(&mut request, &hop(), "c2");
    assert_eq!((proofs(&request).len(), proofs(&request)[0].get("nc").as_deref()), (1, Some("00000002")));
}

#[test]
fn registrar_and_proxy_are_answered_side_by_side() {
    let mut client = client(Realm::OfNextHop);
    let mut request = request();
    client
        .challenged(
            &request,
            &response(Status::PROXY_AUTHENTICATION_REQUIRED, &["Digest realm=\"p\", nonce=\"1\""]),
            &hop(),
        )
        .unwrap();
    client.sign(&mut request, &hop(), "c");
    client
        .challenged(&request, &response(Status::UNAUTHORIZED, &["Digest realm=\"w\", nonce=\"2\", qop=auth"]), &hop())
        .unwrap();
    client.sign(&mut request, &hop(), "c");
    let proxy = request.headers.proxy_authorizations().unwrap();
    assert!(verify(&proxy[0], &Method::Register, "zanzibar") && proxy[0].get("qop").is_none());
    assert!(verify(&proofs(&request)[0], &Method::Register, "zanzibar"));
}

#[test]
fn nobody_else_gets_an_answer() {
    let mut client = client(Realm::Only("example.com".into()));
    let mut request = request();
    let challenge = response(Status::UNAUTHORIZED, &["Digest realm=\"example.com\", nonce=\"1\""]);
    let stranger = Host::parse("evil.example.net").unwrap();
    assert_eq!(client.challenged(&request, &challenge, &stranger), Err(Refusal::ForeignHop));
    let foreign = response(Status::UNAUTHORIZED, &["Digest realm=\"evil\", nonce=\"1\""]);
    assert_eq!(client.challenged(&request, &foreign, &hop()), Err(Refusal::ForeignRealm));
    client.challenged(&request, &challenge, &hop()).unwrap();
    client.sign(&mut request, &stranger, "c");
    assert!(!request.headers.has(&name::AUTHORIZATION));
}

#[test]
fn a_wrong_password_is_not_tried_again() {
    let mut client = client(Realm::OfNextHop);
    let mut request = request();
    let ask = |nonce: &str| response(Status::UNAUTHORIZED, &[&format!("Digest realm=\"r\", nonce=\"{nonce}\"")]);
    client.challenged(&request, &ask("1"), &hop()).unwrap();
    client.sign(&mut request, &hop(), "c");
    assert_eq!(client.challenged(&request, &ask("2"), &hop()), Err(Refusal::WrongCredentials));
}

#[test]
fn a_stale_or_worn_nonce_is_replaced_but_not_for_ever() {
    let mut client = client(Realm::OfNextHop);
    let mut request = request();
    let ask = |nonce: u32, stale: bool| {
        response(Status::UNAUTHORIZED, &[&format!("Digest realm=\"r\", nonce=\"{nonce}\", stale={stale}")])
    };
    client.challenged(&request, &ask(1, false), &hop()).unwrap();
    client.sign(&mut request, &hop(), "c");
    client.sign(&mut request, &hop(), "c");
    client.challenged(&request, &ask(2, false), &hop()).unwrap();
    for nonce in 3..3 + STALE_IN_A_ROW {
        client.sign(&mut request, &hop(), "c");
        client.challenged(&request, &ask(nonce, true), &hop()).unwrap();
    }
    client.sign(&mut request, &hop(), "c");
    assert_eq!(client.challenged(&request, &ask(9, true), &hop()), Err(Refusal::WrongCredentials));
    client.accepted();
    client.sign(&mut request, &hop(), "c");
    client.challenged(&request, &ask(10, true), &hop()).unwrap();
}

#[test]
fn what_cannot_be_answered_is_said() {
    let mut client = client(Realm::OfNextHop);
    let request = request();
    for (text, refusal) in [
        ("Digest realm=\"r\", nonce=\"1\", algorithm=AKAv1-MD5", Refusal::Unknown),
        ("Digest realm=\"r\", nonce=\"1\", qop=\"future\"", Refusal::Unknown),
        ("Basic realm=\"r\"", Refusal::Unknown),
        ("Digest realm=\"r\"", Refusal::Unknown),
        ("Digest realm=\"r", Refusal::Malformed),
    ] {
        assert_eq!(
            client.challenged(&request, &response(Status::UNAUTHORIZED, &[text]), &hop()),
            Err(refusal),
            "{text}"
        );
    }
    assert_eq!(client.challenged(&request, &response(Status::FORBIDDEN, &[]), &hop()), Err(Refusal::Malformed));
}

#[test]
fn the_body_is_vouched_for_where_only_that_is_offered_and_a_name_is_hashed_where_that_is_asked() {
    use super::super::verify_with_body;
    let (mut client, mut request) = (client(Realm::OfNextHop), request());
    let ask = "Digest realm=\"r\", nonce=\"1\", qop=\"auth-int\", algorithm=SHA-256";
    client.challenged(&request, &response(Status::UNAUTHORIZED, &[ask]), &hop()).unwrap();
    request.set_body(&crate::message::MediaType::sdp(), b"v=0".to_vec());
    client.sign(&mut request, &hop(), "c");
    let proof = proofs(&request).remove(0);
    assert_eq!(proof.get("qop").as_deref(), Some("auth-int"));
    assert!(verify_with_body(&proof, &Method::Register, b"v=0", "zanzibar"));
    assert!(!verify_with_body(&proof, &Method::Register, b"v=1", "zanzibar"));
    let ask = "Digest realm=\"r\", nonce=\"2\", qop=\"auth\", userhash=true, stale=true";
    client.challenged(&request, &response(Status::UNAUTHORIZED, &[ask]), &hop()).unwrap();
    client.sign(&mut request, &hop(), "c");
    let proof = proofs(&request).remove(0);
    assert_eq!((proof.get("username").unwrap().len(), proof.get("userhash").as_deref()), (32, Some("true")));
}

#[test]
fn the_password_is_never_shown() {
    assert!(!format!("{:?}", client(Realm::OfNextHop)).contains("zanzibar"));
}
