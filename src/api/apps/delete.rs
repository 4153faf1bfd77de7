//! `DELETE /apps/id/{id}`: with its sessions.

use actix_web::{HttpResponse, Responder, web};
use sea_orm::ModelTrait;
use uuid::Uuid;

use super::find;
use super::sessions::ids;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::state::ApiState;

/// Deletes an app; its sessions end.
#[utoipa::path(delete, path = "/apps/id/{id}", tag = "apps", params(("id" = Uuid, Path)), responses((status = 200)))]
pub(in crate::api) async fn delete(
    api: ApiState,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let app = find(&api, &caller, *id).await?;
    caller.not_app_only()?;
    let ended = ids(&api, app.id).await?;
    app.delete(api.db()).await?;
    api.ended(ended);
    Ok(HttpResponse::Ok().finish())
}
