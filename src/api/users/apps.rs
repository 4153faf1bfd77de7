//! `GET /users/id/{id}/apps`.

use actix_web::{Responder, web};
use entities::app;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::read::find;
use crate::api::apps::AppView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The apps of one user.
#[utoipa::path(get, path = "/users/id/{id}/apps", tag = "users", params(("id" = Uuid, Path), Page),
    responses((status = 200, body = Collection<AppView>)))]
pub(in crate::api) async fn apps(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    let user = find(&api, &caller, *id).await?;
    let rows = caller.apps(app::Entity::find().filter(app::Column::Owner.eq(user.id)));
    page.of(&api, rows, |row| AppView::new(&api, &caller, &links, row)).await
}
