//! Demo sign-in: for pages of this machine, or where the config says so.

use actix_web::test::TestRequest;
use actors::directory::{Change, Directory, SessionRecord};
use entities::{app, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::world::{Answer, Who, World};

super::on_both_databases!(
    a_name_is_enough_on_this_machine,
    the_demo_shows_nowhere,
    ended_demo_sessions_are_removed,
    idle_demo_sessions_make_room,
);

#[actix_web::test]
async fn a_source_signs_in_to_a_public_demo_so_often_a_minute() {
    let world = World::sqlite().await;
    let open = World::at(&world.url, Some(true)).await;
    let from = |peer| sign_in(peer, "rtc.example", json!("anna"));
    for _ in 0..30 {
        assert_eq!(open.send(from("192.0.2.1:9")).await.status, 200);
    }
    let answer = open.send(from("192.0.2.1:10")).await;
    assert_eq!(answer.error(), (429, "tooManyRequests", ""));
    assert!(answer.headers.contains_key("Retry-After"));
    assert_eq!(open.send(from("192.0.2.2:9")).await.status, 200);
}

fn sign_in(peer: &str, host: &str, name: Value) -> TestRequest {
    let request = TestRequest::post().uri("/demo/session").peer_addr(peer.parse().expect("peer"));
    request.insert_header(("Host", host)).set_json(json!({ "name": name }))
}

async fn local(world: &World, name: Value) -> Answer {
    world.send(sign_in("127.0.0.1:9", "localhost:8080", name)).await
}

async fn a_name_is_enough_on_this_machine(world: World) {
    let (first, second) = futures_util::future::join(local(&world, json!("anna")), local(&world, json!("bob"))).await;
    assert_ne!(first.text("/token"), second.text("/token"));
    let record = world.directory.open(first.text("/token")).await.expect("open");
    assert_eq!(accounts(&record), [("sip", "sip:anna@127.0.0.1:5070"), ("webrtc", "anna")]);
    for name in [json!(""), json!("a b"), json!("x".repeat(65)), json!("<b>"), json!("echo"), json!("a\r\nb"), json!(1)]
    {
        assert_eq!(local(&world, name.clone()).await.error(), (422, "invalidField", "name"), "{name}");
    }
    for request in [
        sign_in("192.0.2.1:9", "localhost", json!("anna")),
        sign_in("127.0.0.1:9", "rtc.example", json!("anna")),
        sign_in("127.0.0.1:9", "localhost", json!("anna")).insert_header(("X-Forwarded-For", "192.0.2.1")),
    ] {
        assert_eq!(world.send(request).await.error(), (403, "forbidden", ""));
    }
    let open = World::at(&world.url, Some(true)).await;
    let stranger = open.send(sign_in("192.0.2.1:9", "rtc.example", json!("anna"))).await;
    let record = world.directory.open(stranger.text("/token")).await.expect("open");
    assert_eq!(accounts(&record), [("webrtc", "anna")], "phones are for this machine");
    let shut = World::at(&world.url, Some(false)).await;
    assert_eq!(local(&shut, json!("anna")).await.error(), (403, "forbidden", ""));
}

/// Tag and identifier of each, in order.
fn accounts(record: &SessionRecord) -> Vec<(&str, &str)> {
    let accounts = record.accounts.iter();
    let mut accounts: Vec<_> = accounts.map(|a| (a.network.tag.as_str(), a.identifier.as_str())).collect();
    accounts.sort_unstable();
    accounts
}

async fn the_demo_shows_nowhere(world: World) {
    assert_eq!(local(&world, json!("anna")).await.status, 200);
    let admin = Who::admin();
    for (collection, total) in [("users", 1), ("apps", 0), ("networks", 0), ("sessions", 0), ("accounts", 0)] {
        assert_eq!(world.get(&admin, &format!("/{collection}")).await.body["total"], total, "{collection}");
    }
    assert_eq!(world.get(&Who::basic("demo", ""), "/users").await.status, 401);
}

async fn ended_demo_sessions_are_removed(world: World) {
    for name in ["anna", "bob"] {
        assert_eq!(local(&world, json!(name)).await.status, 200);
    }
    let ended = Expr::value(OffsetDateTime::now_utc() - std::time::Duration::from_secs(1));
    session::Entity::update_many().col_expr(session::Column::Expires, ended).exec(&world.db).await.expect("updated");
    assert_eq!(local(&world, json!("carol")).await.status, 200);
    assert_eq!(session::Entity::find().count(&world.db).await.expect("counted"), 1);
}

async fn idle_demo_sessions_make_room(world: World) {
    let mut tokens = Vec::new();
    for name in ["anna", "bob"] {
        tokens.push(local(&world, json!(name)).await.text("/token").to_owned());
    }
    let full = app::Entity::update_many().col_expr(app::Column::MaxSessions, Expr::value(2));
    full.exec(&world.db).await.expect("updated");
    assert_eq!(local(&world, json!("carol")).await.error(), (403, "quotaExceeded", ""));
    let anna = world.directory.open(&tokens[0]).await.expect("open").id;
    let soon = Expr::value(OffsetDateTime::now_utc() + std::time::Duration::from_secs(60));
    let idle = session::Entity::update_many().col_expr(session::Column::Expires, soon);
    idle.filter(session::Column::Id.eq(anna.0)).exec(&world.db).await.expect("updated");
    assert_eq!(local(&world, json!("carol")).await.status, 200);
    assert_eq!(world.told(), [Change::SessionsEnded(vec![anna])]);
    assert!(world.directory.open(&tokens[0]).await.is_err());
    assert!(world.directory.open(&tokens[1]).await.is_ok());
}
