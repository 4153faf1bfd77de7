//! `GET /keys`.

use actix_web::{Responder, web};
use entities::api_key;
use sea_orm::EntityTrait;

use super::KeyView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The keys the caller sees.
#[utoipa::path(get, path = "/keys", tag = "keys", params(Page), responses((status = 200, body = Collection<KeyView>)))]
pub(in crate::api) async fn list(
    api: ApiState,
    caller: Caller,
    links: Links,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    caller.password_only()?;
    page.of(&api, caller.keys(api_key::Entity::find()), |row| Ok(KeyView::new(&links, row))).await
}
