//! `PATCH /apps/id/{id}`.

use actix_web::{Responder, web};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use uuid::Uuid;

use super::fields::AppFields;
use super::sessions::ids;
use super::{AppView, find};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::state::ApiState;

/// Changes an app; its running sessions follow.
#[utoipa::path(patch, path = "/apps/id/{id}", tag = "apps", params(("id" = Uuid, Path)), request_body = AppFields,
    responses((status = 200, body = AppView)))]
pub(in crate::api) async fn update(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    Body(change): Body<AppFields>,
) -> Result<impl Responder, ApiError> {
    let app = find(&api, &caller, *id).await?;
    caller.not_app_only()?;
    change.allowed(&caller)?;
    let mut row = app.into_active_model();
    change.apply(&api, *id, &mut row)?;
    let view = AppView::new(&api, &caller, &links, row.update(api.db()).await?)?;
    api.changed(ids(&api, *id).await?);
    Ok(web::Json(view))
}
