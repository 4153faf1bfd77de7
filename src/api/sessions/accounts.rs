//! `GET /sessions/id/{id}/accounts`.

use actix_web::{Responder, web};
use entities::account;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::find;
use crate::api::accounts::AccountView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// The accounts of one session.
#[utoipa::path(get, path = "/sessions/id/{id}/accounts", tag = "sessions", params(("id" = Uuid, Path), Page),
    responses((status = 200, body = Collection<AccountView>)))]
pub(in crate::api) async fn accounts(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    let session = find(&api, &caller, *id).await?;
    let rows = caller.accounts(account::Entity::find().filter(account::Column::Session.eq(session.id)));
    page.of(&api, rows, |row| Ok(AccountView::new(&links, row))).await
}
