//! `GET /accounts/id/{id}`.

use actix_web::{Responder, web};
use entities::account;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::AccountView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::{Api, ApiState};

/// One account.
#[utoipa::path(get, path = "/accounts/id/{id}", tag = "accounts", params(("id" = Uuid, Path)), responses((status = 200, body = AccountView)))]
pub(in crate::api) async fn read(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let row = find(&api, &caller, *id).await?;
    Ok(web::Json(AccountView::new(&links, row)))
}

/// The row `id`, if the caller sees it.
pub(super) async fn find(api: &Api, caller: &Caller, id: Uuid) -> Result<account::Model, ApiError> {
    caller.accounts(account::Entity::find_by_id(id)).one(api.db()).await?.ok_or_else(ApiError::not_found)
}
