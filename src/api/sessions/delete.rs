//! `DELETE /sessions/id/{id}`: with its accounts.

use actix_web::{HttpResponse, Responder, web};
use sea_orm::ModelTrait;
use uuid::Uuid;

use super::find;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::state::ApiState;

/// Deletes a session; its sockets are closed.
#[utoipa::path(delete, path = "/sessions/id/{id}", tag = "sessions", params(("id" = Uuid, Path)),
    responses((status = 200)))]
pub(in crate::api) async fn delete(
    api: ApiState,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let session = find(&api, &caller, *id).await?;
    let ended = session.id;
    session.delete(api.db()).await?;
    api.ended(vec![ended]);
    Ok(HttpResponse::Ok().finish())
}
