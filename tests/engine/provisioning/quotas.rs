//! Quotas of an app.

use actors::directory::Directory;
use entities::account;
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Who, World};

super::on_both_databases!(
    sessions_and_accounts_stop_at_their_quota,
    a_session_without_a_quota_stops_at_64_accounts,
    only_an_admin_sets_quotas,
    devices_and_calls_reach_the_engine
);

async fn sessions_and_accounts_stop_at_their_quota(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let quotas = json!({"quotas": {"sessions": 3, "accounts": 2}});
    let patched = world.patch(&Who::admin(), &format!("/apps/id/{app}"), quotas).await;
    assert_eq!(patched.body["quotas"], json!({"sessions": 3, "accounts": 2, "devices": null, "calls": null}));
    let answers = join_all((0..8).map(|_| world.post(&who, "/sessions", json!({"app": app})))).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 3);
    assert!(answers.iter().filter(|a| a.status != 201).all(|a| a.error() == (403, "quotaExceeded", "")), "{answers:?}");
    let session = made[0].id();
    let account = json!({"session": session, "network": "net", "identifier": "a"});
    let answers = join_all((0..4).map(|_| world.post(&who, "/accounts", account.clone()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 2);
    world.delete(&who, &format!("/sessions/id/{session}")).await;
    assert_eq!(world.post(&who, "/sessions", json!({"app": app})).await.status, 201);
}

async fn a_session_without_a_quota_stops_at_64_accounts(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let make = async || world.make(&who, "/sessions", json!({"app": app})).await.id();
    let (full, other) = (make().await, make().await);
    let account = |session| json!({"session": session, "network": "net", "identifier": "a"});
    let first = world.make(&who, "/accounts", account(full)).await.id();
    let row = account::Entity::find_by_id(first).one(&world.db).await.expect("read").expect("a row");
    let rows = (0..62).map(|_| account::Model { id: Uuid::new_v4(), ..row.clone() }.into_active_model().reset_all());
    account::Entity::insert_many(rows).exec(&world.db).await.expect("stored");
    world.make(&who, "/accounts", account(full)).await;
    assert_eq!(world.post(&who, "/accounts", account(full)).await.error(), (403, "quotaExceeded", ""));
    world.make(&who, "/accounts", account(other)).await;
}

async fn only_an_admin_sets_quotas(world: World) {
    let (_, who) = world.user("anna").await;
    let path = format!("/apps/id/{}", world.app(&who).await);
    let quotas = json!({"sessions": 1, "accounts": null, "devices": null, "calls": null});
    assert_eq!(world.patch(&Who::admin(), &path, json!({"quotas": quotas})).await.status, 200);
    let wrong = world.patch(&Who::admin(), &path, json!({"quotas": {"sessions": -1}})).await;
    assert_eq!(wrong.error(), (422, "invalidField", "quotas.sessions"));
    for wanted in [json!({"sessions": 2}), Value::Null] {
        let refused = world.patch(&who, &path, json!({"name": "n", "quotas": wanted})).await;
        assert_eq!(refused.error(), (403, "forbidden", "quotas"));
        let refused = world.post(&who, "/apps", json!({"name": "n", "domain": "d", "quotas": wanted})).await;
        assert_eq!(refused.error(), (403, "forbidden", "quotas"));
    }
    let read = world.patch(&who, &path, json!({"name": "renamed"})).await;
    assert_eq!((read.text("/name"), &read.body["quotas"]), ("renamed", &quotas));
}

async fn devices_and_calls_reach_the_engine(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let settings =
        json!({"quotas": {"devices": 2, "calls": 1}, "allowedOrigins": ["https://a.example"], "sessionLifetime": 60});
    assert_eq!(world.patch(&Who::admin(), &format!("/apps/id/{app}"), settings).await.status, 200);
    let session = world.make(&who, "/sessions", json!({"app": app})).await;
    let record = world.directory.open(session.text("/token")).await.expect("open");
    assert_eq!((record.max_devices, record.max_calls), (2, 1));
    assert_eq!(record.allowed_origins.to_vec(), ["https://a.example"]);
    assert_eq!(record.sliding.map(|sliding| sliding.as_secs()), Some(60));
}
