//! A new account's row, within its app's quota.

use entities::{account, app, session};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::api::error::{ApiError, Code};
use crate::api::sessions::lock_app;
use crate::api::state::Api;

/// Stores `row`, an account of a session of the app `app`.
///
/// Errors: the app has as many as its quota allows.
pub(in crate::api) async fn insert(
    api: &Api,
    app: Uuid,
    row: account::ActiveModel,
) -> Result<account::Model, ApiError> {
    let app = app::Entity::find_by_id(app).one(api.db()).await?.ok_or_else(ApiError::not_found)?;
    let Some(quota) = app.max_accounts else { return Ok(row.insert(api.db()).await?) };
    let transaction = lock_app(api, app.id).await?;
    if alive(&transaction, app.id).await? >= u64::try_from(quota).unwrap_or_default() {
        return Err(ApiError::new(Code::QuotaExceeded, format!("the app has its quota of {quota} accounts")));
    }
    let row = row.insert(&transaction).await?;
    transaction.commit().await?;
    Ok(row)
}

async fn alive(db: &impl ConnectionTrait, app: Uuid) -> Result<u64, ApiError> {
    let rows = account::Entity::find().inner_join(session::Entity).filter(session::Column::App.eq(app));
    Ok(rows.filter(session::Column::Expires.gt(OffsetDateTime::now_utc())).count(db).await?)
}
