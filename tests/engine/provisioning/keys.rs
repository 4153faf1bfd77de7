//! Bearer keys: shown once, scoped, gone at once.

use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Who, World};

super::on_both_databases!(
    a_key_is_shown_once_and_dies_when_deleted,
    a_reading_key_only_reads,
    a_key_of_one_app_sees_that_app_only
);

async fn key(world: &World, who: &Who, scope: &str, app: Option<Uuid>) -> (Uuid, Who) {
    let made = world.make(who, "/keys", json!({"name": "k", "scope": scope, "app": app})).await;
    (made.id(), Who::bearer(made.text("/key")))
}

async fn a_key_is_shown_once_and_dies_when_deleted(world: World) {
    let (_, who) = world.user("anna").await;
    let (id, bearer) = key(&world, &who, "write", None).await;
    let path = format!("/keys/id/{id}");
    assert_eq!(world.get(&who, &path).await.body.get("key"), None);
    assert_eq!(world.get(&who, "/keys?expand=true").await.body["items"][0].get("key"), None);
    let app = world.app(&bearer).await;
    assert_eq!(world.get(&bearer, &format!("/apps/id/{app}")).await.status, 200);
    for answer in
        [world.post(&bearer, "/keys", json!({"name": "k", "scope": "write"})).await, world.get(&bearer, "/keys").await]
    {
        assert_eq!(answer.error(), (403, "forbidden", ""));
    }
    let (_, of_admin) = key(&world, &Who::admin(), "write", None).await;
    let user = json!({"email": "eve@example.org", "password": "p", "type": "admin"});
    assert_eq!(world.post(&of_admin, "/users", user).await.error(), (403, "forbidden", ""));
    assert_eq!(world.delete(&who, &path).await.status, 200);
    assert_eq!(world.get(&bearer, "/users").await.error(), (401, "unauthorized", ""));
}

async fn a_reading_key_only_reads(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let session = world.make(&who, "/sessions", json!({"app": app})).await.id();
    let (_, bearer) = key(&world, &who, "read", None).await;
    let read = world.get(&bearer, &format!("/sessions/id/{session}")).await;
    assert_eq!((read.status, read.body.get("token")), (200, None));
    let path = format!("/apps/id/{app}");
    world.patch(&who, &path, json!({"secret": "noted", "apiKey": "noted too"})).await;
    let (_, writer) = key(&world, &who, "write", None).await;
    for (reader, secret, api_key) in [
        (&who, json!("noted"), json!("noted too")),
        (&writer, json!("noted"), json!("noted too")),
        (&bearer, Value::Null, Value::Null),
    ] {
        for (path, item) in [(path.as_str(), ""), ("/apps?expand=true", "/items/0")] {
            let read = world.get(reader, path).await;
            let field = |name| read.body.pointer(&format!("{item}/{name}")).cloned();
            assert_eq!((field("secret"), field("apiKey")), (Some(secret.clone()), Some(api_key.clone())), "{path}");
        }
    }
    assert_eq!(world.post(&bearer, "/sessions", json!({"app": app})).await.error(), (403, "forbidden", ""));
    assert_eq!(world.patch(&bearer, &path, json!({})).await.status, 403);
    assert_eq!(world.delete(&bearer, &format!("/sessions/id/{session}")).await.status, 403);
}

async fn a_key_of_one_app_sees_that_app_only(world: World) {
    let (_, who) = world.user("anna").await;
    let mine = world.app(&who).await;
    let other = world.make(&who, "/apps", json!({"name": "o", "domain": "o"})).await.id();
    let foreign = world.make(&who, "/sessions", json!({"app": other})).await.id();
    let account = json!({"session": foreign, "network": "net", "identifier": "x"});
    let account = world.make(&who, "/accounts", account).await.id();
    let (_, bearer) = key(&world, &who, "write", Some(mine)).await;
    let session = world.make(&bearer, "/sessions", json!({"app": mine})).await;
    assert!(session.body["token"].is_string());
    world.make(&bearer, "/accounts", json!({"session": session.id(), "network": "net", "identifier": "y"})).await;
    for (collection, total) in [("apps", 1), ("sessions", 1), ("accounts", 1), ("networks", 1)] {
        assert_eq!(world.get(&bearer, &format!("/{collection}")).await.body["total"], total, "{collection}");
    }
    for path in [format!("/apps/id/{other}"), format!("/sessions/id/{foreign}"), format!("/accounts/id/{account}")] {
        assert_eq!(world.get(&bearer, &path).await.status, 404, "{path}");
    }
    assert_eq!(world.post(&bearer, "/sessions", json!({"app": other})).await.error(), (422, "invalidField", "app"));
    assert_eq!(world.post(&bearer, "/apps", json!({"name": "n", "domain": "d"})).await.error(), (403, "forbidden", ""));
    assert_eq!(world.patch(&bearer, &format!("/apps/id/{mine}"), json!({"quotas": Value::Null})).await.status, 403);
    let (_, bob) = world.user("bob").await;
    let stolen = json!({"name": "k", "scope": "read", "app": mine});
    assert_eq!(world.post(&bob, "/keys", stolen).await.error(), (422, "invalidField", "app"));
}
