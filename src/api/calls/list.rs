//! `GET /calls`.

use actix_web::{Responder, web};
use entities::call_record;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::CallView;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::{Collection, Page};
use crate::api::state::ApiState;

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// The legs of one call.
    gcid: Option<String>,
    /// The legs of one session.
    session: Option<Uuid>,
}

/// The records the caller sees, newest first.
#[utoipa::path(get, path = "/calls", tag = "calls", params(Filter, Page),
    responses((status = 200, body = Collection<CallView>)))]
pub(in crate::api) async fn list(
    api: ApiState,
    caller: Caller,
    links: Links,
    filter: web::Query<Filter>,
    page: web::Query<Page>,
) -> Result<impl Responder, ApiError> {
    let filter = filter.into_inner();
    let rows = caller.calls(call_record::Entity::find());
    let rows = rows.apply_if(filter.gcid, |rows, gcid| rows.filter(call_record::Column::Gcid.eq(gcid)));
    let rows = rows.apply_if(filter.session, |rows, id| rows.filter(call_record::Column::Session.eq(id)));
    page.of(&api, rows, |row| Ok(CallView::new(&links, row))).await
}
