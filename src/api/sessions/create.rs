//! `POST /sessions`.

use actix_web::{HttpResponse, Responder};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{SessionView, insert};
use crate::api::apps;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::error::{ApiError, Code};
use crate::api::link::Links;
use crate::api::page::View;
use crate::api::state::ApiState;
use crate::api::users::owner;

/// A new session.
#[derive(Deserialize, ToSchema)]
pub struct NewSession {
    /// The app it counts for.
    app: Uuid,
    /// The app's owner where it is not there.
    owner: Option<Uuid>,
}

/// Makes a session; the answer has its token.
#[utoipa::path(post, path = "/sessions", tag = "sessions", request_body = NewSession,
    responses((status = 201, body = SessionView)))]
pub(in crate::api) async fn create(
    api: ApiState,
    caller: Caller,
    links: Links,
    Body(new): Body<NewSession>,
) -> Result<impl Responder, ApiError> {
    let app = apps::find(&api, &caller, new.app).await.map_err(|error| match error.code {
        Code::NotFound => ApiError::invalid("app", "no such app"),
        _ => error,
    })?;
    let owner = owner(&api, &caller, new.owner, app.owner).await?;
    let (session, token) = insert(&api, &app, owner).await?;
    let view = SessionView { token: Some(token), ..SessionView::without_token(&links, session) };
    Ok(HttpResponse::Created().insert_header(("Location", view.link().href)).json(view))
}
