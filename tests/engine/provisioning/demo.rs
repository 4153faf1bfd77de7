//! Demo sign-in: for pages of this machine, or where the config says so.

use actix_web::test::TestRequest;
use actors::directory::Directory;
use entities::session;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::world::{Answer, Who, World};

super::on_both_databases!(a_name_is_enough_on_this_machine, the_demo_shows_nowhere, ended_demo_sessions_are_removed);

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
    let account = record.accounts.first().expect("an account");
    assert_eq!((account.identifier.as_str(), account.network.tag.as_str()), ("anna", "webrtc"));
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
    assert_eq!(open.send(sign_in("192.0.2.1:9", "rtc.example", json!("anna"))).await.status, 200);
    let shut = World::at(&world.url, Some(false)).await;
    assert_eq!(local(&shut, json!("anna")).await.error(), (403, "forbidden", ""));
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
