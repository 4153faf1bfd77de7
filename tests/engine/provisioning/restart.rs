//! A restart keeps everything.

use std::time::Duration;

use actors::directory::Directory;
use entities::{session, user};
use rtc_engine::directory::first_admin;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::world::{Who, World};

super::on_both_databases!(
    a_restart_keeps_everything,
    a_first_start_makes_one_admin,
    sessions_that_ended_long_ago_are_removed
);

async fn a_restart_keeps_everything(mut world: World) {
    let _folder = world.folder.take();
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let session = world.make(&who, "/sessions", json!({"app": app})).await;
    let account = json!({"session": session.id(), "network": "net", "identifier": "a", "accessToken": "planted"});
    world.make(&who, "/accounts", account).await;
    let mut before = Vec::new();
    let collections = ["users", "apps", "networks", "accounts"];
    for collection in collections {
        before.push(world.get(&who, &format!("/{collection}?expand=true")).await.body);
    }
    let url = world.url.clone();
    world.db.clone().close().await.expect("closed");
    drop(world);
    let world = World::at(&url, None).await;
    for (collection, before) in collections.into_iter().zip(before) {
        assert_eq!(world.get(&who, &format!("/{collection}?expand=true")).await.body, before, "{collection}");
    }
    let record = world.directory.open(session.text("/token")).await.expect("open");
    assert_eq!(record.accounts.first().map(|a| a.access_token.reveal()), Some("planted"));
}

async fn a_first_start_makes_one_admin(mut world: World) {
    let _folder = world.folder.take();
    assert!(first_admin(&world.db, None, None).await.expect("asked").is_none());
    user::Entity::delete_many().exec(&world.db).await.expect("deleted");
    let made = first_admin(&world.db, None, None).await.expect("made").expect("an admin");
    let password = made.password.expect("generated");
    let probe = world.get(&Who::basic(&made.email, &password), "/users?expand=true").await;
    assert_eq!((probe.status, probe.text("/items/0/type")), (200, "admin"));
}

async fn sessions_that_ended_long_ago_are_removed(mut world: World) {
    let _folder = world.folder.take();
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    for _ in 0..2 {
        world.make(&who, "/sessions", json!({"app": app})).await;
    }
    let one = world.get(&who, "/sessions?expand=true").await.text("/items/0/id").parse::<Uuid>().expect("a UUID");
    let ended = Expr::value(OffsetDateTime::now_utc() - Duration::from_secs(30 * 24 * 3600));
    let update = session::Entity::update_many().col_expr(session::Column::Expires, ended);
    update.filter(session::Column::Id.eq(one)).exec(&world.db).await.expect("updated");
    let world = World::at(&world.url, None).await;
    assert!(world.directory.flush(Duration::from_secs(20)).await);
    assert_eq!(world.get(&who, "/sessions").await.body["total"], 1);
}
