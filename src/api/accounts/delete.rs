//! `DELETE /accounts/id/{id}`.

use actix_web::{HttpResponse, Responder, web};
use sea_orm::ModelTrait;
use uuid::Uuid;

use super::read::find;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::state::ApiState;

/// Deletes an account; its running session loses it.
#[utoipa::path(delete, path = "/accounts/id/{id}", tag = "accounts", params(("id" = Uuid, Path)),
    responses((status = 200)))]
pub(in crate::api) async fn delete(
    api: ApiState,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let account = find(&api, &caller, *id).await?;
    let session = account.session;
    account.delete(api.db()).await?;
    api.changed(vec![session]);
    Ok(HttpResponse::Ok().finish())
}
