//! The table of the document, request by request, as clients of the original send it.

use actix_web::http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use super::world::{BASE, Who, World};

super::on_both_databases!(
    what_an_old_client_does_from_log_in_to_account,
    apps_and_networks_hang_on_their_user,
    deletes_cascade
);

/// The path of an href.
fn path(href: &str) -> &str {
    href.strip_prefix("http://rtc.example/rtcengine/api").unwrap_or_else(|| panic!("{href} is no absolute href"))
}

async fn what_an_old_client_does_from_log_in_to_account(world: World) {
    let (anna, who) = world.user("anna").await;
    let probe = world.get(&who, "/users").await;
    assert_eq!((probe.status, &probe.body["total"]), (200, &json!(1)));
    assert_eq!(probe.text("/items/0/href"), format!("http://rtc.example{BASE}/users/id/{anna}"));

    let app = world.make(&who, "/apps", json!({"name": "Shop", "domain": "shop.example", "owner": anna})).await;
    let app = world.get(&who, &format!("/apps/id/{}", app.id())).await;
    assert_eq!((app.text("/name"), app.text("/domain")), ("Shop", "shop.example"));
    assert_eq!((&app.body["secret"], &app.body["apiKey"]), (&Value::Null, &Value::Null));

    let config = json!({"registrar": "sip:reg.example", "xms": "old"});
    let network = json!({"tag": "sip", "connector": "sipwise-connector", "config": config, "owner": anna});
    let network = world.make(&who, "/networks", network).await;
    assert_eq!((network.text("/connector"), &network.body["config"]), ("sip-connector", &config));

    let session = world.make(&who, "/sessions", json!({"app": app.id(), "owner": anna})).await;
    let token = session.text("/token").to_owned();
    assert!(token.len() >= 32);
    let again = world.get(&who, &format!("/sessions/id/{}", session.id())).await;
    assert_eq!(again.text("/token"), token);
    assert!(again.text("/app/href").ends_with(&format!("apps/id/{}", app.id())));

    let account = json!({"session": session.id(), "network": "sip", "identifier": "sip:anna@example.org",
        "accessToken": "planted-access-token", "owner": anna});
    let account = world.make(&who, "/accounts", account).await;
    assert_eq!(account.headers.get("Location").and_then(|l| l.to_str().ok()), Some(account.text("/href")));
    let account = world.get(&who, path(account.text("/href"))).await;
    assert_eq!((account.status, account.text("/identifier")), (200, "sip:anna@example.org"));
    assert_eq!(account.body.get("accessToken"), None);
    let accounts = world.get(&who, path(again.text("/accounts/href"))).await;
    assert_eq!(accounts.text("/items/0/href"), account.text("/href"));
}

async fn apps_and_networks_hang_on_their_user(world: World) {
    let (anna, who) = world.user("anna").await;
    let app = world.app(&who).await;
    for collection in ["apps", "networks"] {
        let found = world.get(&who, &format!("/users/id/{anna}/{collection}")).await;
        assert_eq!((found.status, &found.body["total"]), (200, &json!(1)), "{collection}");
    }
    let changed = world.patch(&who, &format!("/apps/id/{app}"), json!({"name": "New"})).await;
    assert_eq!((changed.status, changed.text("/name"), changed.text("/domain")), (200, "New", "app.example"));
    let network = world.get(&who, "/networks?expand=true").await;
    let network = network.text("/items/0/id").to_owned();
    let by_id = world.make(&who, "/sessions", json!({"app": app})).await;
    let account = json!({"session": by_id.id(), "network": network, "identifier": "anna"});
    world.make(&who, "/accounts", account).await;
    let changed = world.patch(&who, &format!("/networks/id/{network}"), json!({"tag": "other"})).await;
    assert_eq!((changed.status, changed.text("/tag"), changed.text("/connector")), (200, "other", "webrtc"));
    for path in [format!("/networks/id/{network}"), format!("/apps/id/{app}")] {
        assert_eq!(world.delete(&who, &path).await.status, 200);
        assert_eq!(world.get(&who, &path).await.error(), (404, "notFound", ""));
    }
    assert_eq!(world.get(&who, "/accounts").await.body["total"], 0);
}

async fn deletes_cascade(world: World) {
    let (anna, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let session = world.make(&who, "/sessions", json!({"app": app})).await;
    world.make(&who, "/accounts", json!({"session": session.id(), "network": "net", "identifier": "anna"})).await;
    assert_eq!(world.delete(&Who::admin(), &format!("/users/id/{anna}")).await.status, 200);
    let refused = world.get(&who, "/users").await;
    assert_eq!(refused.error(), (401, "unauthorized", ""));
    let realm = refused.headers.get(WWW_AUTHENTICATE).and_then(|v| v.to_str().ok());
    assert_eq!(realm, Some("Basic realm=\"rtcengine\""));
    for collection in ["users", "apps", "networks", "sessions", "accounts"] {
        let left = if collection == "users" { 1 } else { 0 };
        let found = world.get(&Who::admin(), &format!("/{collection}")).await;
        assert_eq!(found.body["total"], left, "{collection}");
    }
}
