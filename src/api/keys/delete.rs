//! `DELETE /keys/id/{id}`: it is no key any more at once.

use actix_web::{HttpResponse, Responder, web};
use sea_orm::ModelTrait;
use uuid::Uuid;

use super::read::find;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::state::ApiState;

/// Deletes a key.
#[utoipa::path(delete, path = "/keys/id/{id}", tag = "keys", params(("id" = Uuid, Path)), responses((status = 200)))]
pub(in crate::api) async fn delete(
    api: ApiState,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    caller.password_only()?;
    find(&api, &caller, *id).await?.delete(api.db()).await?;
    Ok(HttpResponse::Ok().finish())
}
