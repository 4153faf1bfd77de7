//! `GET /trace/{gcid}`: what happened on a call. An admin sees every leg, others those of their own
//! sessions: a gcid is the caller's choice and no secret, so to know one is no right to the call.

use std::collections::HashSet;

use actix_web::{Responder, web};
use actors::trace::Told;
use entities::{call_record, session};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use signal::Gcid;
use uuid::Uuid;

use super::caller::Caller;
use super::error::ApiError;
use super::state::{Api, ApiState};

/// Every message and state change of the legs the caller may see, secrets removed.
#[utoipa::path(get, path = "/trace/{gcid}", tag = "calls", params(("gcid" = String, Path)),
    responses((status = 200, body = Object)))]
pub(super) async fn trace(api: ApiState, caller: Caller, gcid: web::Path<String>) -> Result<impl Responder, ApiError> {
    let gcid = Gcid::parse(&gcid).ok_or_else(ApiError::not_found)?;
    let mut told = api.options.traces.trace(gcid.as_str()).ok_or_else(ApiError::not_found)?;
    if !caller.is_admin() {
        let own = own_sessions(&api, &caller, &gcid, &told).await?;
        told.events.retain(|event| own.contains(&event.session.0));
        if told.events.is_empty() {
            return Err(ApiError::not_found());
        }
    }
    Ok(web::Json(told))
}

/// Those of the trace, by their rows, or by the call's records where those are deleted.
async fn own_sessions(api: &Api, caller: &Caller, gcid: &Gcid, told: &Told) -> Result<HashSet<Uuid>, ApiError> {
    let ids: HashSet<Uuid> = told.events.iter().map(|event| event.session.0).collect();
    let rows = caller.sessions(session::Entity::find().filter(session::Column::Id.is_in(ids)));
    let rows: Vec<Uuid> = rows.select_only().column(session::Column::Id).into_tuple().all(api.db()).await?;
    let records = caller.calls(call_record::Entity::find().filter(call_record::Column::Gcid.eq(gcid.as_str())));
    let records = records.select_only().column(call_record::Column::Session).limit(RECORDS);
    let records: Vec<Uuid> = records.into_tuple().all(api.db()).await?;
    Ok(rows.into_iter().chain(records).collect())
}

/// Most records looked at; a call has a few.
const RECORDS: u64 = 1000;
