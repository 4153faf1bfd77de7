//! `GET /apps/id/{id}`.

use actix_web::{Responder, web};
use entities::app;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::AppView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::{Api, ApiState};

/// One app.
#[utoipa::path(get, path = "/apps/id/{id}", tag = "apps", params(("id" = Uuid, Path)), responses((status = 200, body = AppView)))]
pub(in crate::api) async fn read(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    Ok(web::Json(AppView::new(&api, &caller, &links, find(&api, &caller, *id).await?)?))
}

/// The app `id`, if the caller sees it.
pub(in crate::api) async fn find(api: &Api, caller: &Caller, id: Uuid) -> Result<app::Model, ApiError> {
    caller.apps(app::Entity::find_by_id(id)).one(api.db()).await?.ok_or_else(ApiError::not_found)
}
