//! `GET /calls/id/{id}`.

use actix_web::{Responder, web};
use entities::call_record;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::CallView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::ApiState;

/// One record.
#[utoipa::path(get, path = "/calls/id/{id}", tag = "calls", params(("id" = Uuid, Path)), responses((status = 200, body = CallView)))]
pub(in crate::api) async fn read(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
) -> Result<impl Responder, ApiError> {
    let row = caller.calls(call_record::Entity::find_by_id(*id)).one(api.db()).await?;
    let row = row.ok_or_else(ApiError::not_found)?;
    Ok(web::Json(CallView::new(&links, row)))
}
