//! `GET /sessions/id/{id}`.

use actix_web::{Responder, web};
use entities::session;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::SessionView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::{Api, ApiState};

/// One session.
#[utoipa::path(get, path = "/sessions/id/{id}", tag = "sessions", params(("id" = Uuid, Path)), responses((status = 200, body = SessionView)))]
pub(in crate::api) async fn read(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let row = find(&api, &caller, *id).await?;
    Ok(web::Json(SessionView::new(&api, &caller, &links, row)?))
}

/// The row `id`, if the caller sees it.
pub(in crate::api) async fn find(api: &Api, caller: &Caller, id: Uuid) -> Result<session::Model, ApiError> {
    caller.sessions(session::Entity::find_by_id(id)).one(api.db()).await?.ok_or_else(ApiError::not_found)
}
