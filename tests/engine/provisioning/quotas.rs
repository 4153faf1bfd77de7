//! Quotas of an app.

use actors::directory::Directory;
use futures_util::future::join_all;
use serde_json::json;

use super::world::World;

super::on_both_databases!(sessions_and_accounts_stop_at_their_quota, devices_and_calls_reach_the_engine);

async fn sessions_and_accounts_stop_at_their_quota(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let quotas = json!({"quotas": {"sessions": 3, "accounts": 2}});
    let patched = world.patch(&who, &format!("/apps/id/{app}"), quotas).await;
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

async fn devices_and_calls_reach_the_engine(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let settings =
        json!({"quotas": {"devices": 2, "calls": 1}, "allowedOrigins": ["https://a.example"], "sessionLifetime": 60});
    assert_eq!(world.patch(&who, &format!("/apps/id/{app}"), settings).await.status, 200);
    let session = world.make(&who, "/sessions", json!({"app": app})).await;
    let record = world.directory.open(session.text("/token")).await.expect("open");
    assert_eq!((record.max_devices, record.max_calls), (2, 1));
    assert_eq!(record.allowed_origins.to_vec(), ["https://a.example"]);
    assert_eq!(record.sliding.map(|sliding| sliding.as_secs()), Some(60));
}
