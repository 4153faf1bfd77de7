//! `GET /users/id/{id}/networks`.

use actix_web::{Responder, web};
use entities::network;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::read::find;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::networks::NetworkView;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The networks of one user.
#[utoipa::path(get, path = "/users/id/{id}/networks", tag = "users", params(("id" = Uuid, Path), Page),
    responses((status = 200, body = Collection<NetworkView>)))]
pub(in crate::api) async fn networks(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    let user = find(&api, &caller, *id).await?;
    let rows = caller.networks(network::Entity::find().filter(network::Column::Owner.eq(user.id)));
    page.of(&api, rows, |row| Ok(NetworkView::new(&links, row))).await
}
