//! `GET /accounts`.

use actix_web::{Responder, web};
use entities::account;
use sea_orm::EntityTrait;

use super::AccountView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The accounts the caller sees.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(Page),
    responses((status = 200, body = Collection<AccountView>)))]
pub(in crate::api) async fn list(
    api: ApiState,
    caller: Caller,
    links: Links,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    page.of(&api, caller.accounts(account::Entity::find()), |row| Ok(AccountView::new(&links, row))).await
}
