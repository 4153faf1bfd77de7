//! Guessing is slowed per source, and nobody else.

use actix_web::test::TestRequest;

use super::world::{ADMIN, BASE, Who, World};

#[actix_web::test]
async fn a_guesser_waits_and_others_do_not() {
    let world = World::sqlite().await;
    let from = |peer: &str, who: &Who| {
        let request = TestRequest::with_uri(&format!("{BASE}/users")).peer_addr(peer.parse().expect("peer"));
        request.insert_header(("Authorization", who.0.as_str()))
    };
    let wrong = Who::basic(ADMIN.0, "guess");
    for _ in 0..10 {
        assert_eq!(world.send(from("192.0.2.9:1", &wrong)).await.status, 401);
    }
    let answer = world.send(from("192.0.2.9:2", &Who::basic("nobody@example.org", "guess"))).await;
    assert_eq!(answer.error(), (429, "tooManyRequests", ""));
    let wait: u64 = answer.headers.get("Retry-After").and_then(|v| v.to_str().ok()?.parse().ok()).expect("Retry-After");
    assert!((1..=60).contains(&wait));
    assert_eq!(world.send(from("192.0.2.9:3", &Who::admin())).await.status, 429);
    assert_eq!(world.send(from("192.0.2.10:1", &Who::admin())).await.status, 200);
    // Known right by now, it is no guess wherever it comes from.
    assert_eq!(world.send(from("192.0.2.9:4", &Who::admin())).await.status, 200);
}
