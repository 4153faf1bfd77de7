//! `POST /apps`.

use actix_web::{HttpResponse, Responder};
use entities::app;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use time::OffsetDateTime;
use uuid::Uuid;

use super::AppView;
use super::fields::AppFields;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::page::View;
use crate::api::state::ApiState;
use crate::api::users::owner;

/// Makes an app.
#[utoipa::path(post, path = "/apps", tag = "apps", request_body = AppFields, responses((status = 201, body = AppView)))]
pub(in crate::api) async fn create(
    api: ApiState,
    caller: Caller,
    links: Links,
    Body(new): Body<AppFields>,
) -> Result<impl Responder, ApiError> {
    caller.not_app_only()?;
    new.complete()?;
    new.allowed(&caller)?;
    let id = Uuid::new_v4();
    let mut row = app::ActiveModel {
        id: Set(id),
        owner: Set(owner(&api, &caller, new.owner, caller.user).await?),
        created: Set(OffsetDateTime::now_utc()),
        ..Default::default()
    };
    new.apply(&api, id, &mut row)?;
    let view = AppView::new(&api, &caller, &links, row.insert(api.db()).await?)?;
    Ok(HttpResponse::Created().insert_header(("Location", view.link().href)).json(view))
}
