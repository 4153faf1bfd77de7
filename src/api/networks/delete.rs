//! `DELETE /networks/id/{id}`: with the accounts on it.

use actix_web::{HttpResponse, Responder, web};
use sea_orm::ModelTrait;
use uuid::Uuid;

use super::find;
use super::update::sessions;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::state::ApiState;

/// Deletes a network; running sessions lose their accounts on it.
#[utoipa::path(delete, path = "/networks/id/{id}", tag = "networks", params(("id" = Uuid, Path)),
    responses((status = 200)))]
pub(in crate::api) async fn delete(
    api: ApiState,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let network = find(&api, &caller, *id).await?;
    caller.not_app_only()?;
    let changed = sessions(&api, network.id).await?;
    network.delete(api.db()).await?;
    api.changed(changed);
    Ok(HttpResponse::Ok().finish())
}
