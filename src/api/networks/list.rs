//! `GET /networks`.

use actix_web::{Responder, web};
use entities::network;
use sea_orm::EntityTrait;

use super::NetworkView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The networks the caller sees.
#[utoipa::path(get, path = "/networks", tag = "networks", params(Page),
    responses((status = 200, body = Collection<NetworkView>)))]
pub(in crate::api) async fn list(
    api: ApiState,
    caller: Caller,
    links: Links,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    page.of(&api, caller.networks(network::Entity::find()), |row| Ok(NetworkView::new(&links, row))).await
}
