//! A new session's row, within its app's quota.

use entities::{app, session};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, TransactionTrait,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::api::error::{ApiError, Code};
use crate::api::state::Api;
use crate::directory::session_lifetime;
use crate::secrets::random_token;

/// Stores a new session of `app` for `owner`; the row and its token.
///
/// Errors: the app has as many as its quota allows.
pub(in crate::api) async fn insert(
    api: &Api,
    app: &app::Model,
    owner: Uuid,
) -> Result<(session::Model, String), ApiError> {
    let (id, token, now) = (Uuid::new_v4(), random_token()?, OffsetDateTime::now_utc());
    let row = session::ActiveModel {
        id: Set(id),
        app: Set(app.id),
        owner: Set(owner),
        token_hash: Set(api.secrets().hash(&token)),
        token: Set(api.secrets().seal("session.token", id, &token)?),
        activated: Set(true),
        expires: Set(now + session_lifetime(app, api.options.session_lifetime)),
        created: Set(now),
    };
    let Some(quota) = app.max_sessions else { return Ok((row.insert(api.db()).await?, token)) };
    let transaction = lock_app(api, app.id).await?;
    if alive(&transaction, app.id).await? >= u64::try_from(quota).unwrap_or_default() {
        return Err(ApiError::new(Code::QuotaExceeded, format!("the app has its quota of {quota} sessions")));
    }
    let row = row.insert(&transaction).await?;
    transaction.commit().await?;
    Ok((row, token))
}

/// A transaction in which nothing else counts against the quotas of `app`. It begins with a write:
/// that locks the row on PostgreSQL and MySQL, and on SQLite the database, which a later one could fail to get.
pub(in crate::api) async fn lock_app(api: &Api, app: Uuid) -> Result<DatabaseTransaction, ApiError> {
    let transaction = api.db().begin().await?;
    let lock = app::Entity::update_many().col_expr(app::Column::Name, Expr::col(app::Column::Name));
    lock.filter(app::Column::Id.eq(app)).exec(&transaction).await?;
    Ok(transaction)
}

async fn alive(db: &impl ConnectionTrait, app: Uuid) -> Result<u64, ApiError> {
    let rows = session::Entity::find().filter(session::Column::App.eq(app));
    Ok(rows.filter(session::Column::Expires.gt(OffsetDateTime::now_utc())).count(db).await?)
}
