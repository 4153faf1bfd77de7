//! Users see their own, admins all; someone else's object is not found.

use futures_util::future::join;
use serde_json::json;

use super::world::{Who, World};

super::on_both_databases!(
    a_foreign_object_is_not_found,
    an_ordinary_user_makes_no_users,
    an_admin_acts_for_every_owner,
    only_an_admin_says_who_calls_in_unregistered,
    the_last_admin_stays,
    a_trace_is_for_the_owner_of_a_leg
);

async fn a_foreign_object_is_not_found(world: World) {
    let ((anna, a), (_, b)) = (world.user("anna").await, world.user("bob").await);
    let app = world.app(&a).await;
    let session = world.make(&a, "/sessions", json!({"app": app})).await.id();
    let account = json!({"session": session, "network": "net", "identifier": "anna"});
    let account = world.make(&a, "/accounts", account).await.id();
    let network = world.get(&a, "/networks?expand=true").await.text("/items/0/id").to_owned();
    let paths = [
        format!("/users/id/{anna}"),
        format!("/users/id/{anna}/apps"),
        format!("/users/id/{anna}/networks"),
        format!("/apps/id/{app}"),
        format!("/apps/id/{app}/sessions"),
        format!("/networks/id/{network}"),
        format!("/sessions/id/{session}"),
        format!("/sessions/id/{session}/accounts"),
        format!("/accounts/id/{account}"),
    ];
    for path in &paths {
        assert_eq!(world.get(&a, path).await.status, 200, "{path}");
        assert_eq!(world.get(&b, path).await.error(), (404, "notFound", ""), "{path}");
    }
    for path in paths.iter().filter(|path| path.split('/').count() == 4) {
        assert_eq!(world.patch(&b, path, json!({})).await.status, 404, "{path}");
        assert_eq!(world.delete(&b, path).await.status, 404, "{path}");
    }
    for collection in ["apps", "networks", "sessions", "accounts"] {
        assert_eq!(world.get(&b, &format!("/{collection}")).await.body["total"], 0, "{collection}");
    }
    let own = world.app(&b).await;
    assert_eq!(world.post(&b, "/sessions", json!({"app": app})).await.error(), (422, "invalidField", "app"));
    let stolen = json!({"session": session, "network": "net", "identifier": "bob"});
    assert_eq!(world.post(&b, "/accounts", stolen).await.error(), (422, "invalidField", "session"));
    let session = world.make(&b, "/sessions", json!({"app": own})).await.id();
    let stolen = json!({"session": session, "network": network, "identifier": "bob"});
    assert_eq!(world.post(&b, "/accounts", stolen).await.error(), (422, "invalidField", "network"));
}

async fn an_ordinary_user_makes_no_users(world: World) {
    let ((anna, a), (bob, _)) = (world.user("anna").await, world.user("bob").await);
    let eve = json!({"email": "eve@example.org", "password": "x"});
    assert_eq!(world.post(&a, "/users", eve).await.error(), (403, "forbidden", ""));
    let foreign = json!({"name": "n", "domain": "d", "owner": bob});
    assert_eq!(world.post(&a, "/apps", foreign).await.error(), (403, "forbidden", "owner"));
    let promoted = world.patch(&a, &format!("/users/id/{anna}"), json!({"type": "admin"})).await;
    assert_eq!(promoted.error(), (403, "forbidden", ""));
    let changed = world.patch(&a, &format!("/users/id/{anna}"), json!({"password": "another"})).await;
    assert_eq!(changed.status, 200);
    assert_eq!(world.get(&a, "/users").await.status, 401);
    assert_eq!(world.get(&Who::basic("Anna@Example.org", "another"), "/users").await.status, 200);
}

async fn an_admin_acts_for_every_owner(world: World) {
    let (anna, a) = world.user("anna").await;
    let admin = Who::admin();
    let app = world.make(&admin, "/apps", json!({"name": "n", "domain": "d", "owner": anna})).await.id();
    let network = json!({"tag": "t", "connector": "webrtc", "config": {}, "owner": anna});
    world.make(&admin, "/networks", network).await;
    let session = world.make(&admin, "/sessions", json!({"app": app, "owner": anna})).await;
    let account = json!({"session": session.id(), "network": "t", "identifier": "anna", "owner": anna});
    world.make(&admin, "/accounts", account).await;
    let path = format!("/sessions/id/{}", session.id());
    assert_eq!(world.get(&admin, &path).await.body.get("token"), None);
    assert_eq!(world.get(&a, &path).await.text("/token"), session.text("/token"));
    assert_eq!(world.get(&admin, "/users").await.body["total"], 2);
    let nobody = json!({"name": "n", "domain": "d", "owner": session.id()});
    assert_eq!(world.post(&admin, "/apps", nobody).await.error(), (422, "invalidField", "owner"));
}

async fn only_an_admin_says_who_calls_in_unregistered(world: World) {
    const REFUSED: (u16, &str, &str) = (403, "forbidden", "config.trusted");
    let ((anna, a), admin) = (world.user("anna").await, Who::admin());
    let network = |tag: &str, config| json!({"tag": tag, "connector": "sip-connector", "config": config});
    let trusted = json!({"trusted": ["192.0.2.0/24"], "register": false});
    for config in [trusted.clone(), trusted.to_string().into(), json!({"trusted": []})] {
        assert_eq!(world.post(&a, "/networks", network("t", config)).await.error(), REFUSED);
    }
    // Nor by way of a connector that does not know the key.
    let other = json!({"tag": "t", "connector": "webrtc", "config": trusted});
    assert_eq!(world.post(&a, "/networks", other).await.error(), REFUSED);
    let plain = world.make(&a, "/networks", network("plain", json!({}))).await;
    let path = format!("/networks/id/{}", plain.id());
    assert_eq!(world.patch(&a, &path, json!({"config": trusted})).await.error(), REFUSED);
    assert_eq!(world.get(&a, &path).await.body["config"], json!({}));
    // An admin does, for whomever it is, and the owner changes the rest.
    assert_eq!(world.patch(&admin, &path, json!({"config": trusted})).await.body["config"], trusted);
    let kept = json!({"trusted": ["192.0.2.0/24"], "prack": true});
    assert_eq!(world.patch(&a, &path, json!({"config": kept})).await.body["config"], kept);
    assert_eq!(world.patch(&a, &path, json!({"tag": "trunk"})).await.status, 200);
    for config in [json!({}), json!({"trusted": ["0.0.0.0/0"]})] {
        assert_eq!(world.patch(&a, &path, json!({"config": config})).await.error(), REFUSED);
    }
    let mut owned = network("of anna", trusted.clone());
    owned["owner"] = json!(anna);
    world.make(&admin, "/networks", owned).await;
    // An account's own config wins over its network's.
    let app = world.app(&a).await;
    let session = world.make(&a, "/sessions", json!({"app": app})).await.id();
    let mut account = json!({"session": session, "network": "trunk", "identifier": "anna", "config": trusted});
    assert_eq!(world.post(&a, "/accounts", account.clone()).await.error(), REFUSED);
    account["config"] = json!({});
    let made = world.make(&a, "/accounts", account).await.id();
    let path = format!("/accounts/id/{made}");
    assert_eq!(world.patch(&a, &path, json!({"config": trusted})).await.error(), REFUSED);
    assert_eq!(world.patch(&admin, &path, json!({"config": trusted})).await.status, 200);
    assert_eq!(world.patch(&a, &path, json!({"config": kept})).await.status, 200);
    assert_eq!(world.patch(&a, &path, json!({"config": {}})).await.error(), REFUSED);
}

async fn the_last_admin_stays(world: World) {
    let admin = Who::admin();
    let own = world.get(&admin, "/users?expand=true").await;
    let path = format!("/users/id/{}", own.text("/items/0/id"));
    assert_eq!(own.text("/items/0/type"), "admin");
    assert_eq!(world.delete(&admin, &path).await.error(), (409, "conflict", ""));
    assert_eq!(world.patch(&admin, &path, json!({"type": "user"})).await.error(), (409, "conflict", ""));
    let (bob, b) = world.user("bob").await;
    let bobs = format!("/users/id/{bob}");
    let promoted = world.patch(&admin, &bobs, json!({"type": "admin"})).await;
    assert_eq!(promoted.text("/type"), "admin");
    let (one, other) = join(world.delete(&admin, &bobs), world.delete(&b, &path)).await;
    assert_eq!([one, other].iter().filter(|answer| answer.status == 200).count(), 1);
}

async fn a_trace_is_for_the_owner_of_a_leg(world: World) {
    let ((_, a), (_, b)) = (world.user("anna").await, world.user("bob").await);
    let app = world.app(&a).await;
    let session = world.make(&a, "/sessions", json!({"app": app})).await.id();
    *world.traces.0.lock().expect("lock") = Some(session);
    let seen = world.get(&a, "/trace/known").await;
    assert_eq!((seen.text("/gcid"), seen.text("/events/0/what")), ("known", "own"));
    assert_eq!(seen.body.pointer("/events/1"), None, "the far end's legs are not theirs to see");
    assert_eq!(world.get(&Who::admin(), "/trace/known").await.text("/events/1/what"), "foreign");
    assert_eq!(world.get(&b, "/trace/known").await.error(), (404, "notFound", ""));
    assert_eq!(world.get(&a, "/trace/unknown").await.error(), (404, "notFound", ""));
    assert_eq!(world.get(&a, "/trace/no%20gcid").await.error(), (404, "notFound", ""));
}
