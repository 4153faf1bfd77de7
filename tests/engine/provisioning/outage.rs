//! The database goes away and comes back.

use actors::directory::Directory;
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use signal::session::RefusalKind;

use super::world::{Who, World};

/// The database is taken away by renaming it: new connections are refused until it is named back.
#[actix_web::test]
async fn only_sessions_opened_lately_open_while_the_database_is_away() {
    let world = World::postgres().await;
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let make = async || world.make(&who, "/sessions", json!({"app": app})).await;
    let (open, fresh, deleted) = (make().await, make().await, make().await);
    let account = json!({"session": open.id(), "network": "net", "identifier": "anna"});
    world.make(&who, "/accounts", account).await;
    for session in [&open, &deleted] {
        assert!(world.directory.open(session.text("/token")).await.is_ok());
    }
    assert_eq!(world.delete(&who, &format!("/sessions/id/{}", deleted.id())).await.status, 200);
    let name = world.url.split(['/', '?']).nth(3).expect("a name").to_owned();
    let operator = Database::connect(world.url.replace(&name, "test")).await.expect("the cluster");
    let run = async |statement: String| operator.execute_unprepared(&statement).await.expect("done");
    let shut = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    run(shut).await;
    run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;

    let again = world.directory.open(open.text("/token")).await.expect("as it was read last");
    assert_eq!((again.id.0, again.accounts.len()), (open.id(), 1));
    for refused in [&fresh, &deleted] {
        let answer = world.directory.open(refused.text("/token")).await;
        assert_eq!(answer.err(), Some(RefusalKind::InternalError));
    }
    let answer = world.get(&Who::admin(), "/users").await;
    assert_eq!(answer.error(), (503, "unavailable", ""));
    assert!(answer.headers.contains_key("Retry-After"));

    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    assert!(world.directory.open(fresh.text("/token")).await.is_ok());
    assert_eq!(world.directory.open(deleted.text("/token")).await.err(), Some(RefusalKind::InvalidToken));
    assert_eq!(world.get(&Who::admin(), "/users").await.status, 200);
}
