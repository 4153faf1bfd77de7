//! Every wrong request has its status, code and field.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::world::{Answer, BASE, Who, World};

super::on_both_databases!(
    wrong_fields_are_named,
    what_is_taken_is_409,
    bodies_that_are_no_json_objects,
    unknown_paths_and_methods
);

async fn wrong_fields_are_named(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let long = "x".repeat(300);
    let cases = [
        ("/apps", json!({"domain": "d"}), "name"),
        ("/apps", json!({"name": "n"}), "domain"),
        ("/apps", json!({"name": 7, "domain": "d"}), "name"),
        ("/apps", json!({"name": "", "domain": "d"}), "name"),
        ("/apps", json!({"name": long, "domain": "d"}), "name"),
        ("/apps", json!({"name": "a\u{0}b", "domain": "d"}), "name"),
        ("/apps", json!({"name": "n", "domain": "d", "owner": "me"}), "owner"),
        ("/apps", json!({"name": "n", "domain": "d", "quotas": {"calls": "many"}}), "quotas.calls"),
        ("/apps", json!({"name": "n", "domain": "d", "sessionLifetime": 5}), "sessionLifetime"),
        (
            "/apps",
            json!({"name": "n", "domain": "d", "allowedOrigins": ["https://a.example", "b"]}),
            "allowedOrigins[1]",
        ),
        ("/apps", json!({"name": "n", "domain": "d", "allowedOrigins": ["https://a.example/"]}), "allowedOrigins[0]"),
        ("/networks", json!({"connector": "webrtc"}), "tag"),
        ("/networks", json!({"tag": "t"}), "connector"),
        ("/networks", json!({"tag": "t", "connector": "browser"}), "connector"),
        ("/networks", json!({"tag": "t", "connector": "webrtc", "config": "{"}), "config"),
        ("/networks", json!({"tag": "t", "connector": "webrtc", "config": "[]"}), "config"),
        ("/networks", json!({"tag": "t", "connector": "webrtc", "config": 1}), "config"),
        ("/networks", json!({"tag": "t", "connector": "webrtc", "config": {"relay": 1}}), "config.relay"),
        ("/networks", json!({"tag": "t", "connector": "webrtc", "config": "{\"relay\":1}"}), "config.relay"),
        (
            "/networks",
            json!({"tag": "t", "connector": "sip-connector", "config": {"tls": {"verify": "no"}}}),
            "config.tls.verify",
        ),
        ("/networks", json!({"tag": "t", "connector": "webrtc", "capabilities": ["smell"]}), "config.capabilities[0]"),
        ("/sessions", json!({}), "app"),
        ("/sessions", json!({"app": "x"}), "app"),
        ("/sessions", json!({"app": "00000000-0000-4000-8000-000000000000"}), "app"),
        ("/keys", json!({"name": "k", "scope": "all"}), "scope"),
    ];
    for (path, body, field) in cases {
        assert_eq!(world.post(&who, path, body.clone()).await.error(), (422, "invalidField", field), "{path} {body}");
    }
    let session = world.make(&who, "/sessions", json!({"app": app})).await.id();
    let account = |identifier: Value, token: Value| json!({"session": session, "network": "net", "identifier": identifier, "accessToken": token});
    let cases = [
        (account(json!("two words"), json!("t")), "identifier"),
        (account(json!("x\r\ny"), json!("t")), "identifier"),
        (account(json!("x"), json!("a\r\nb")), "accessToken"),
        (account(json!("x"), json!(["a"])), "accessToken"),
        (json!({"session": session, "network": "none", "identifier": "x"}), "network"),
    ];
    for (body, field) in cases {
        assert_eq!(world.post(&who, "/accounts", body.clone()).await.error(), (422, "invalidField", field), "{body}");
    }
    for (body, field) in
        [(json!({"email": "x", "password": "p"}), "email"), (json!({"email": "a@b", "password": ""}), "password")]
    {
        assert_eq!(world.post(&Who::admin(), "/users", body).await.error(), (422, "invalidField", field));
    }
}

async fn what_is_taken_is_409(world: World) {
    let (_, who) = world.user("anna").await;
    world.app(&who).await;
    let anna = json!({"email": "ANNA@example.org", "password": "x"});
    assert_eq!(world.post(&Who::admin(), "/users", anna).await.error(), (409, "conflict", "email"));
    let tag = json!({"tag": "net", "connector": "webrtc"});
    assert_eq!(world.post(&who, "/networks", tag.clone()).await.error(), (409, "conflict", "tag"));
    let (_, bob) = world.user("bob").await;
    assert_eq!(world.post(&bob, "/networks", tag).await.status, 201);
}

async fn bodies_that_are_no_json_objects(world: World) {
    let (_, who) = world.user("anna").await;
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    let cases = [
        ("application/json", "{\"name\":".to_owned(), (400, "malformed")),
        ("application/json", "[]".to_owned(), (400, "malformed")),
        ("application/json", String::new(), (400, "malformed")),
        ("application/json", "{} {}".to_owned(), (400, "malformed")),
        ("application/json", deep, (400, "malformed")),
        ("application/json; charset=utf-8", "{}".to_owned(), (422, "invalidField")),
        ("text/plain", "{}".to_owned(), (415, "unsupportedMediaType")),
        ("", "{}".to_owned(), (415, "unsupportedMediaType")),
        ("application/json", format!("{{\"name\":\"{}\"}}", "x".repeat(70_000)), (413, "tooLarge")),
    ];
    for (kind, body, expected) in cases {
        let answer = raw(&world, &who, kind, body.clone()).await;
        let (status, code, _) = answer.error();
        assert_eq!((status, code), expected, "{kind} {}", body.get(..40).unwrap_or(&body));
    }
    let mut broken = b"{\"name\":\"".to_vec();
    broken.extend([0xff, 0xfe, b'"', b'}']);
    assert_eq!(raw(&world, &who, "application/json", broken).await.status, 400);
}

async fn raw(world: &World, who: &Who, kind: &str, body: impl Into<actix_web::web::Bytes>) -> Answer {
    let request = TestRequest::post().uri(&format!("{BASE}/apps")).insert_header(("Authorization", who.0.as_str()));
    world.send(request.insert_header((CONTENT_TYPE, kind)).set_payload(body)).await
}

async fn unknown_paths_and_methods(world: World) {
    let who = Who::admin();
    assert_eq!(world.get(&who, "/nothing").await.error(), (404, "notFound", ""));
    assert_eq!(world.get(&who, "/users/id/7").await.error(), (404, "notFound", ""));
    let put = world.call(&who, Method::PUT, "/users", Some(json!({}))).await;
    assert_eq!(put.error(), (StatusCode::METHOD_NOT_ALLOWED.as_u16(), "methodNotAllowed", ""));
    for header in ["", "Basic", "Basic !", "Basic Og==", "Digest x", "Bearer none"] {
        assert_eq!(world.get(&Who(header.to_owned()), "/users").await.error(), (401, "unauthorized", ""), "{header}");
    }
}
