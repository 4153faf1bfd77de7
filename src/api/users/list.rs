//! `GET /users`: also the log-in probe of clients.

use actix_web::{Responder, web};
use entities::user;
use sea_orm::EntityTrait;

use super::UserView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The users the caller sees.
#[utoipa::path(get, path = "/users", tag = "users", params(Page), responses((status = 200, body = Collection<UserView>)))]
pub(in crate::api) async fn list(
    api: ApiState,
    caller: Caller,
    links: Links,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    page.of(&api, caller.users(user::Entity::find()), |row| Ok(UserView::new(&links, row))).await
}
