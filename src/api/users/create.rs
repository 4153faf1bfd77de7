//! `POST /users`, for admins.

use actix_web::{HttpResponse, Responder, web};
use entities::user;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::UserView;
use super::view::UserType;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::check;
use crate::api::error::{ApiError, Unique};
use crate::api::link::Links;
use crate::api::page::View;
use crate::api::state::ApiState;
use crate::secrets::hash_password;

/// A new user.
#[derive(Deserialize, ToSchema)]
pub struct NewUser {
    /// Log-in name; unique.
    email: String,
    /// 1 to 255 characters.
    password: String,
    /// `user` where it is not there.
    #[serde(rename = "type", default)]
    kind: Option<UserType>,
}

/// Makes a user.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser, responses((status = 201, body = UserView)))]
pub(in crate::api) async fn create(
    api: ApiState,
    caller: Caller,
    links: Links,
    Body(new): Body<NewUser>,
) -> Result<impl Responder, ApiError> {
    caller.admin_only()?;
    caller.password_only()?;
    let row = user::ActiveModel {
        id: Set(Uuid::new_v4()),
        email: Set(check::email("email", &new.email)?),
        password: Set(hashed(new.password).await?),
        kind: Set(new.kind.unwrap_or(UserType::User).into()),
        created: Set(OffsetDateTime::now_utc()),
    };
    let view = UserView::new(&links, row.insert(api.db()).await.unique("email")?);
    Ok(HttpResponse::Created().insert_header(("Location", view.link().href)).json(view))
}

/// The hash of a new password, made off the arbiter.
pub(super) async fn hashed(password: String) -> Result<String, ApiError> {
    check::text("password", &password, check::NAME_CHARS)?;
    Ok(web::block(move || hash_password(&password)).await.map_err(ApiError::fault)??)
}
