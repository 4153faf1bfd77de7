//! `GET /apps`.

use actix_web::{Responder, web};
use entities::app;
use sea_orm::EntityTrait;

use super::AppView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The apps the caller sees.
#[utoipa::path(get, path = "/apps", tag = "apps", params(Page), responses((status = 200, body = Collection<AppView>)))]
pub(in crate::api) async fn list(
    api: ApiState,
    caller: Caller,
    links: Links,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    page.of(&api, caller.apps(app::Entity::find()), |row| AppView::new(&api, &caller, &links, row)).await
}
