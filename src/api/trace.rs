//! `GET /trace/{gcid}`: what happened on a call, for admins and the owners of its sessions.

use actix_web::{Responder, web};
use entities::{call_record, session};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use signal::Gcid;

use super::caller::Caller;
use super::error::ApiError;
use super::state::{Api, ApiState, Trace};

/// Every message and state change of every leg, secrets removed.
#[utoipa::path(get, path = "/trace/{gcid}", tag = "calls", params(("gcid" = String, Path)),
    responses((status = 200, body = Object)))]
pub(super) async fn trace(api: ApiState, caller: Caller, gcid: web::Path<String>) -> Result<impl Responder, ApiError> {
    let gcid = Gcid::parse(&gcid).ok_or_else(ApiError::not_found)?;
    let trace = api.options.traces.trace(gcid.as_str()).ok_or_else(ApiError::not_found)?;
    if caller.is_admin() || owns_a_leg(&api, &caller, &gcid, &trace).await? {
        return Ok(web::Json(trace.document));
    }
    Err(ApiError::not_found())
}

/// By the sessions of the trace, or by the records where those are deleted.
async fn owns_a_leg(api: &Api, caller: &Caller, gcid: &Gcid, trace: &Trace) -> Result<bool, ApiError> {
    let ids = trace.sessions.iter().map(|id| id.0);
    let sessions = caller.sessions(session::Entity::find().filter(session::Column::Id.is_in(ids)));
    let records = call_record::Entity::find().filter(call_record::Column::Gcid.eq(gcid.as_str()));
    Ok(sessions.count(api.db()).await? > 0 || caller.calls(records).count(api.db()).await? > 0)
}
