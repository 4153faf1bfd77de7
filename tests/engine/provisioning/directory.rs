//! What the actors get of it: sessions by token, expiries that slide, records of calls.

use std::time::Duration;

use actors::directory::{CallRecord, Directory};
use entities::session;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use signal::session::RefusalKind;
use signal::{CallId, Connector, EndReason, Gcid, SessionId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::world::{CALL_RECORD_LIFE, Who, World};

super::on_both_databases!(
    a_token_opens_its_session,
    a_session_that_is_over_does_not_open,
    expiries_slide,
    records_are_kept_and_outlive_their_session,
    old_records_are_removed
);

const FLUSH: Duration = Duration::from_secs(20);

async fn a_token_opens_its_session(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let config = json!({"registrar": "sip:reg.example", "tls": {"verify": true, "pin": pin}, "allowedTargets": ["*"]});
    world.make(&who, "/networks", json!({"tag": "sip", "connector": "sip-connector", "config": config})).await;
    let session = world.make(&who, "/sessions", json!({"app": app})).await;
    let account = json!({"session": session.id(), "network": "sip", "identifier": "sip:a@b", "accessToken": "pw",
        "config": "{\"tls\":{\"verify\":false}}"});
    let account = world.make(&who, "/accounts", account).await.id();
    let record = world.directory.open(session.text("/token")).await.expect("open");
    assert_eq!((record.id, record.app), (SessionId(session.id()), app));
    let [found] = record.accounts.as_slice() else { panic!("one account") };
    assert_eq!((found.id.0, found.identifier.as_str(), found.access_token.reveal()), (account, "sip:a@b", "pw"));
    assert_eq!((found.network.tag.as_str(), found.network.connector), ("sip", Connector::Sip));
    assert_eq!(found.network.allowed_targets, ["*"]);
    assert_eq!(found.config["tls"], json!({"verify": false, "pin": pin}));
    let again = world.directory.reload(record.id).await.expect("reload");
    assert_eq!(again.accounts.len(), 1);
}

async fn a_session_that_is_over_does_not_open(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let session = world.make(&who, "/sessions", json!({"app": app})).await;
    let refused = async |token: &str| world.directory.open(token).await.err();
    assert_eq!(refused("").await, Some(RefusalKind::InvalidToken));
    assert_eq!(refused("guess").await, Some(RefusalKind::InvalidToken));
    assert_eq!(refused(&"x".repeat(10_000)).await, Some(RefusalKind::InvalidToken));
    let path = format!("/sessions/id/{}", session.id());
    world.patch(&who, &path, json!({"activated": false})).await;
    assert_eq!(refused(session.text("/token")).await, Some(RefusalKind::SessionDeactivated));
    world.patch(&who, &path, json!({"activated": true})).await;
    assert_eq!(refused(session.text("/token")).await, None);
    assert!(world.directory.flush(FLUSH).await);
    expire(&world, session.id(), OffsetDateTime::now_utc() - Duration::from_secs(1)).await;
    assert_eq!(refused(session.text("/token")).await, Some(RefusalKind::SessionExpired));
    world.delete(&who, &path).await;
    assert_eq!(refused(session.text("/token")).await, Some(RefusalKind::InvalidToken));
}

async fn expire(world: &World, session: Uuid, when: OffsetDateTime) {
    let update = session::Entity::update_many().col_expr(session::Column::Expires, Expr::value(when));
    update.filter(session::Column::Id.eq(session)).exec(&world.db).await.expect("update");
}

async fn expiries_slide(world: World) {
    let (_, who) = world.user("anna").await;
    let app = world.app(&who).await;
    let session = world.make(&who, "/sessions", json!({"app": app})).await.id();
    let soon = OffsetDateTime::now_utc() + Duration::from_secs(30);
    expire(&world, session, soon).await;
    world.directory.touch(vec![SessionId(session), SessionId(Uuid::new_v4())]);
    assert!(world.directory.flush(FLUSH).await);
    let row = session::Entity::find_by_id(session).one(&world.db).await.expect("read").expect("a row");
    assert!(row.expires > soon + Duration::from_secs(3000), "{}", row.expires);
}

async fn records_are_kept_and_outlive_their_session(world: World) {
    let ((_, a), (_, b)) = (world.user("anna").await, world.user("bob").await);
    let app = world.app(&a).await;
    let session = world.make(&a, "/sessions", json!({"app": app})).await;
    let opened = world.directory.open(session.text("/token")).await.expect("open");
    world.delete(&a, &format!("/sessions/id/{}", session.id())).await;
    let ended = OffsetDateTime::now_utc();
    let record = unanswered(opened.id, ended);
    let later = CallRecord { gcid: Gcid::parse("two").expect("gcid"), started: ended, ..record.clone() };
    world.directory.record(record);
    world.directory.record(later);
    assert!(world.directory.flush(FLUSH).await);
    let calls = world.get(&a, "/calls?expand=true").await;
    assert_eq!((&calls.body["total"], calls.text("/items/0/gcid")), (&json!(2), "two"));
    let first = &calls.body["items"][1];
    assert_eq!(
        (&first["reason"], &first["answered"], &first["outgoing"]),
        (&json!("noAnswer"), &Value::Null, &json!(true))
    );
    let path = format!("/calls/id/{}", calls.text("/items/1/id"));
    assert_eq!(world.get(&a, &path).await.text("/gcid"), "one");
    assert_eq!(world.get(&a, "/calls?gcid=one").await.body["total"], 1);
    assert_eq!(world.get(&b, &path).await.status, 404);
    assert_eq!(world.get(&b, "/calls").await.body["total"], 0);
    assert_eq!(world.get(&Who::admin(), "/calls").await.body["total"], 2);
}

fn unanswered(session: SessionId, ended: OffsetDateTime) -> CallRecord {
    CallRecord {
        gcid: Gcid::parse("one").expect("gcid"),
        call: CallId(Uuid::new_v4()),
        session,
        account: signal::AccountId(Uuid::new_v4()),
        connector: Connector::Webrtc,
        outgoing: true,
        local: "anna".to_owned(),
        remote: "b\u{0}".repeat(600),
        started: ended - Duration::from_secs(9),
        answered: None,
        ended,
        reason: EndReason::NoAnswer,
        ended_by_local: false,
        media: Some("none".to_owned()),
    }
}

async fn old_records_are_removed(world: World) {
    let (nobody, now) = (SessionId(Uuid::new_v4()), OffsetDateTime::now_utc());
    world.directory.record(unanswered(nobody, now - CALL_RECORD_LIFE - Duration::from_secs(1)));
    world.directory.record(unanswered(nobody, now));
    assert!(world.directory.flush(FLUSH).await);
    assert_eq!(world.get(&Who::admin(), "/calls").await.body["total"], 2);
    let restarted = World::at(&world.url, None).await;
    assert!(restarted.directory.flush(FLUSH).await);
    assert_eq!(restarted.get(&Who::admin(), "/calls").await.body["total"], 1);
}
