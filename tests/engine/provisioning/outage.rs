//! The database goes away and comes back.

use actors::directory::Directory;
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use signal::session::RefusalKind;

use super::world::{Who, World};

/// The database is taken away by renaming it: new connections are refused until it is named back.
#[actix_web::test]
async fn sessions_are_refused_while_the_database_is_away_and_open_when_it_is_back() {
    let world = World::postgres().await;
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let token = world.make(&who, "/sessions", json!({"app": app})).await.text("/token").to_owned();
    let name = world.url.split(['/', '?']).nth(3).expect("a name").to_owned();
    let operator = Database::connect(world.url.replace(&name, "test")).await.expect("the cluster");
    let run = async |statement: String| operator.execute_unprepared(&statement).await.expect("done");
    let shut = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    run(shut).await;
    run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;

    assert_eq!(world.directory.open(&token).await.err(), Some(RefusalKind::InternalError));
    let answer = world.get(&Who::admin(), "/users").await;
    assert_eq!(answer.error(), (503, "unavailable", ""));
    assert!(answer.headers.contains_key("Retry-After"));

    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    assert!(world.directory.open(&token).await.is_ok());
    assert_eq!(world.get(&Who::admin(), "/users").await.status, 200);
}
