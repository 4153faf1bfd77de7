//! A restart keeps everything.

use actors::directory::Directory;
use serde_json::json;

use super::world::World;

super::on_both_databases!(a_restart_keeps_everything);

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
