//! `GET /keys/id/{id}`.

use actix_web::{Responder, web};
use entities::api_key;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::KeyView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::{Api, ApiState};

/// One key.
#[utoipa::path(get, path = "/keys/id/{id}", tag = "keys", params(("id" = Uuid, Path)), responses((status = 200, body = KeyView)))]
pub(in crate::api) async fn read(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    caller.password_only()?;
    let row = find(&api, &caller, *id).await?;
    Ok(web::Json(KeyView::new(&links, row)))
}

/// The row `id`, if the caller sees it.
pub(super) async fn find(api: &Api, caller: &Caller, id: Uuid) -> Result<api_key::Model, ApiError> {
    caller.keys(api_key::Entity::find_by_id(id)).one(api.db()).await?.ok_or_else(ApiError::not_found)
}
