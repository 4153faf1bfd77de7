//! What provisioning changes, running sessions are told.

use actors::directory::Change::{SessionsChanged, SessionsEnded};
use serde_json::json;
use signal::SessionId;

use super::world::{Who, World};

super::on_both_databases!(changes_reach_the_sessions_they_touch);

async fn changes_reach_the_sessions_they_touch(world: World) {
    let (anna, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let network = world.get(&who, "/networks?expand=true").await.text("/items/0/id").to_owned();
    let make = async || world.make(&who, "/sessions", json!({"app": app})).await.id();
    let (on, off) = (make().await, make().await);
    assert_eq!(world.told(), []);
    let changed = || vec![SessionsChanged(vec![SessionId(on)])];

    let account = world.make(&who, "/accounts", json!({"session": on, "network": "net", "identifier": "a"})).await.id();
    assert_eq!(world.told(), changed());
    world.patch(&who, &format!("/accounts/id/{account}"), json!({"identifier": "b"})).await;
    assert_eq!(world.told(), changed());
    world.patch(&who, &format!("/networks/id/{network}"), json!({"config": {"relay": true}})).await;
    assert_eq!(world.told(), changed());
    world.delete(&who, &format!("/accounts/id/{account}")).await;
    assert_eq!(world.told(), changed());
    world.patch(&who, &format!("/networks/id/{network}"), json!({"config": {}})).await;
    assert_eq!(world.told(), []);

    world.patch(&who, &format!("/sessions/id/{off}"), json!({"activated": false})).await;
    assert_eq!(world.told(), [SessionsEnded(vec![SessionId(off)])]);
    world.delete(&who, &format!("/sessions/id/{off}")).await;
    assert_eq!(world.told(), [SessionsEnded(vec![SessionId(off)])]);
    world.patch(&Who::admin(), &format!("/apps/id/{app}"), json!({"quotas": {"calls": 2}})).await;
    assert_eq!(world.told(), changed());
    world.delete(&Who::admin(), &format!("/users/id/{anna}")).await;
    assert_eq!(world.told(), [SessionsEnded(vec![SessionId(on)])]);
}
