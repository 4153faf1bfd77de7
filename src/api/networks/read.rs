//! `GET /networks/id/{id}`.

use actix_web::{Responder, web};
use entities::network;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::NetworkView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::{Api, ApiState};

/// One network.
#[utoipa::path(get, path = "/networks/id/{id}", tag = "networks", params(("id" = Uuid, Path)), responses((status = 200, body = NetworkView)))]
pub(in crate::api) async fn read(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let row = find(&api, &caller, *id).await?;
    Ok(web::Json(NetworkView::new(&links, row)))
}

/// The row `id`, if the caller sees it.
pub(in crate::api) async fn find(api: &Api, caller: &Caller, id: Uuid) -> Result<network::Model, ApiError> {
    caller.networks(network::Entity::find_by_id(id)).one(api.db()).await?.ok_or_else(ApiError::not_found)
}
