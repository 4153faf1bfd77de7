//! `GET /apps/id/{id}/sessions`.

use actix_web::{Responder, web};
use entities::session;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::find;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::sessions::SessionView;
use crate::api::state::{Api, ApiState};

/// The sessions of one app.
#[utoipa::path(get, path = "/apps/id/{id}/sessions", tag = "apps", params(("id" = Uuid, Path), Page),
    responses((status = 200, body = Collection<SessionView>)))]
pub(in crate::api) async fn sessions(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    let app = find(&api, &caller, *id).await?;
    let rows = caller.sessions(session::Entity::find().filter(session::Column::App.eq(app.id)));
    page.of(&api, rows, |row| SessionView::new(&api, &caller, &links, row)).await
}

/// The ids of an app's sessions, whoever asks.
pub(super) async fn ids(api: &Api, app: Uuid) -> Result<Vec<Uuid>, ApiError> {
    let rows = session::Entity::find().select_only().column(session::Column::Id);
    Ok(rows.filter(session::Column::App.eq(app)).into_tuple().all(api.db()).await?)
}
