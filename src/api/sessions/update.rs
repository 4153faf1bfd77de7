//! `PATCH /sessions/id/{id}`.

use actix_web::{Responder, web};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{SessionView, find};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::ApiState;

/// What changes.
#[derive(Deserialize, ToSchema)]
pub struct SessionChange {
    /// False closes its sockets and refuses new ones; true lets them in again.
    activated: Option<bool>,
}

/// Shuts a session, or opens it again.
#[utoipa::path(patch, path = "/sessions/id/{id}", tag = "sessions", params(("id" = Uuid, Path)),
    request_body = SessionChange, responses((status = 200, body = SessionView)))]
pub(in crate::api) async fn update(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    Body(change): Body<SessionChange>,
) -> Result<impl Responder, ApiError> {
    let mut session = find(&api, &caller, *id).await?;
    if let Some(activated) = change.activated {
        let mut row = session.into_active_model();
        row.activated = Set(activated);
        session = row.update(api.db()).await?;
        if !activated {
            api.ended(vec![session.id]);
        }
    }
    Ok(web::Json(SessionView::new(&api, &caller, &links, session)?))
}
