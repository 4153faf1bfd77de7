//! `GET /users/id/{id}`.

use actix_web::{Responder, web};
use entities::user;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::UserView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::{Api, ApiState};

/// One user.
#[utoipa::path(get, path = "/users/id/{id}", tag = "users", params(("id" = Uuid, Path)), responses((status = 200, body = UserView)))]
pub(in crate::api) async fn read(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    Ok(web::Json(UserView::new(&links, find(&api, &caller, *id).await?)))
}

/// The user `id`, if the caller sees it.
pub(super) async fn find(api: &Api, caller: &Caller, id: Uuid) -> Result<user::Model, ApiError> {
    caller.users(user::Entity::find_by_id(id)).one(api.db()).await?.ok_or_else(ApiError::not_found)
}
