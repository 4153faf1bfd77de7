//! What the writer task does to the database.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use actors::directory::CallRecord;
use entities::{app, call_record, session};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QuerySelect};
use signal::{EndReason, SessionId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::owners::{Owner, Owners};

/// Most ids in one statement.
const IDS: usize = 500;
/// Longest text of a record's column, in characters.
const TEXT_CHARS: usize = 512;
/// An expiry lags behind by up to one part in this many of a session's life: to write
/// it at every open and tick would cost more than all else about the session.
const LAG: u32 = 20;
/// How long an expired session still answers `sessionExpired` before its row goes.
const EXPIRED: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a session of `app` lives unconnected: the app's word, else `default`.
pub fn session_lifetime(app: &app::Model, default: Duration) -> Duration {
    lifetime(app.session_lifetime_s, default)
}

fn lifetime(lifetime_s: Option<i32>, default: Duration) -> Duration {
    lifetime_s.and_then(|s| u64::try_from(s).ok()).map_or(default, Duration::from_secs)
}

/// Whether `expires` is so far behind a slide to `now` and `lifetime` that it is worth a write.
pub(super) fn lags(expires: OffsetDateTime, now: OffsetDateTime, lifetime: Duration) -> bool {
    expires < now + lifetime - lifetime / LAG
}

/// The database, as the writer sees it.
pub(super) struct Store {
    pub db: DatabaseConnection,
    pub owners: Arc<Owners>,
    pub lifetime: Duration,
    pub record_life: Option<Duration>,
}

impl Store {
    /// Slides the expiry of `sessions`.
    pub(super) async fn touch(&self, sessions: &HashSet<SessionId>) -> Result<(), DbErr> {
        let ids: Vec<Uuid> = sessions.iter().map(|id| id.0).collect();
        for ids in ids.chunks(IDS) {
            let mut by_lifetime = HashMap::<Option<i32>, Vec<Uuid>>::new();
            let rows = session::Entity::find().select_only().column(session::Column::Id);
            let rows = rows.column(app::Column::SessionLifetimeS).inner_join(app::Entity);
            let rows = rows.filter(session::Column::Id.is_in(ids.iter().copied()));
            for (id, lifetime) in rows.into_tuple::<(Uuid, Option<i32>)>().all(&self.db).await? {
                by_lifetime.entry(lifetime).or_default().push(id);
            }
            for (lifetime_s, ids) in by_lifetime {
                let lifetime = lifetime(lifetime_s, self.lifetime);
                let expires = OffsetDateTime::now_utc() + lifetime;
                let update = session::Entity::update_many().col_expr(session::Column::Expires, Expr::value(expires));
                let update = update.filter(session::Column::Expires.lt(expires - lifetime / LAG));
                update.filter(session::Column::Id.is_in(ids)).exec(&self.db).await?;
            }
        }
        Ok(())
    }

    /// Stores `records` in one statement, or one by one where one of them is at fault.
    ///
    /// Errors: the database is away; nothing was stored.
    pub(super) async fn insert(&self, records: &[CallRecord]) -> Result<(), DbErr> {
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            rows.push(row(record, self.owner(record.session).await?));
        }
        let Err(error) = call_record::Entity::insert_many(rows.clone()).exec_without_returning(&self.db).await else {
            return Ok(());
        };
        if self.db.ping().await.is_err() {
            return Err(error);
        }
        for (row, record) in rows.into_iter().zip(records) {
            // The usual cause is a user deleted in between, whose records go as well.
            if let Err(error) = call_record::Entity::insert(row).exec_without_returning(&self.db).await {
                log::warn!(gcid:% = record.gcid, cause:% = error; "directory: call record lost");
            }
        }
        Ok(())
    }

    async fn owner(&self, session: SessionId) -> Result<Option<Owner>, DbErr> {
        if let Some(owner) = self.owners.of(session) {
            return Ok(Some(owner));
        }
        let row = session::Entity::find_by_id(session.0).one(&self.db).await?;
        Ok(row.map(|row| Owner { user: row.owner, app: row.app }))
    }

    /// Deletes sessions that ended long ago, and records of calls that did.
    pub(super) async fn sweep(&self) -> Result<(), DbErr> {
        let now = OffsetDateTime::now_utc();
        session::Entity::delete_many().filter(session::Column::Expires.lt(now - EXPIRED)).exec(&self.db).await?;
        if let Some(life) = self.record_life {
            let old = call_record::Entity::delete_many().filter(call_record::Column::Ended.lt(now - life));
            old.exec(&self.db).await?;
        }
        Ok(())
    }
}

fn row(record: &CallRecord, owner: Option<Owner>) -> call_record::ActiveModel {
    let text = |text: &str| text.chars().filter(|c| *c != '\0').take(TEXT_CHARS).collect::<String>();
    call_record::ActiveModel {
        id: Set(Uuid::new_v4()),
        owner: Set(owner.map(|o| o.user)),
        app: Set(owner.map(|o| o.app)),
        gcid: Set(record.gcid.as_str().to_owned()),
        call: Set(record.call.0),
        session: Set(record.session.0),
        account: Set(record.account.0),
        connector: Set(record.connector.name().to_owned()),
        outgoing: Set(record.outgoing),
        local: Set(text(&record.local)),
        remote: Set(text(&record.remote)),
        started: Set(record.started),
        answered: Set(record.answered),
        ended: Set(record.ended),
        reason: Set(wire_word(record.reason)),
        ended_by_local: Set(record.ended_by_local),
        media: Set(record.media.as_deref().map(text)),
    }
}

fn wire_word(reason: EndReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => format!("{reason:?}"),
    }
}
