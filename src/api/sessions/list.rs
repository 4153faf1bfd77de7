//! `GET /sessions`.

use actix_web::{Responder, web};
use entities::session;
use sea_orm::EntityTrait;

use super::SessionView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The sessions the caller sees.
#[utoipa::path(get, path = "/sessions", tag = "sessions", params(Page),
    responses((status = 200, body = Collection<SessionView>)))]
pub(in crate::api) async fn list(
    api: ApiState,
    caller: Caller,
    links: Links,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    page.of(&api, caller.sessions(session::Entity::find()), |row| SessionView::new(&api, &caller, &links, row)).await
}
