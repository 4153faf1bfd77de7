//! A new account's row, within its app's quota.

use entities::{account, app, session};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::api::error::{ApiError, Code};
use crate::api::sessions::lock_app;
use crate::api::state::Api;

/// Most accounts of one session whose app has no quota of accounts.
const ACCOUNTS_OF_SESSION: i32 = 64;

/// Stores `row`, an account of `session`.
///
/// Errors: its app has as many as its quota allows, or without one the session as many as any may have.
pub(in crate::api) async fn insert(
    api: &Api,
    session: &session::Model,
    row: account::ActiveModel,
) -> Result<account::Model, ApiError> {
    let app = app::Entity::find_by_id(session.app).one(api.db()).await?.ok_or_else(ApiError::not_found)?;
    let transaction = lock_app(api, app.id).await?;
    let (there, most, whose) = match app.max_accounts {
        Some(quota) => (alive(&transaction, app.id).await?, quota, "app has its quota of"),
        None => {
            (of_session(&transaction, session.id).await?, ACCOUNTS_OF_SESSION, "session has the most there may be:")
        }
    };
    if there >= u64::try_from(most).unwrap_or_default() {
        return Err(ApiError::new(Code::QuotaExceeded, format!("the {whose} {most} accounts")));
    }
    let row = row.insert(&transaction).await?;
    transaction.commit().await?;
    Ok(row)
}

async fn of_session(db: &impl ConnectionTrait, session: Uuid) -> Result<u64, ApiError> {
    Ok(account::Entity::find().filter(account::Column::Session.eq(session)).count(db).await?)
}

async fn alive(db: &impl ConnectionTrait, app: Uuid) -> Result<u64, ApiError> {
    let rows = account::Entity::find().inner_join(session::Entity).filter(session::Column::App.eq(app));
    Ok(rows.filter(session::Column::Expires.gt(OffsetDateTime::now_utc())).count(db).await?)
}
