//! `PATCH /users/id/{id}`.

use actix_web::{Responder, web};
use entities::user::Kind;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::UserView;
use super::create::hashed;
use super::delete::without_admin;
use super::read::find;
use super::view::UserType;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::check;
use crate::api::error::{ApiError, Unique};
use crate::api::link::Links;
use crate::api::state::ApiState;

/// What changes.
#[derive(Deserialize, ToSchema)]
pub struct UserChange {
    /// Another log-in name.
    email: Option<String>,
    /// Another password.
    password: Option<String>,
    /// Admins only.
    #[serde(rename = "type")]
    kind: Option<UserType>,
}

/// Changes a user.
#[utoipa::path(patch, path = "/users/id/{id}", tag = "users", params(("id" = Uuid, Path)), request_body = UserChange,
    responses((status = 200, body = UserView)))]
pub(in crate::api) async fn update(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    Body(change): Body<UserChange>,
) -> Result<impl Responder, ApiError> {
    let user = find(&api, &caller, *id).await?;
    caller.password_only()?;
    let mut row = user.into_active_model();
    if let Some(email) = change.email {
        row.email = Set(check::email("email", &email)?);
    }
    if let Some(password) = change.password {
        row.password = Set(hashed(password).await?);
    }
    if let Some(kind) = change.kind {
        caller.admin_only()?;
        row.kind = Set(kind.into());
    }
    let row = if row.kind == Set(Kind::User) {
        let transaction = without_admin(&api, *id).await?;
        let row = row.update(&transaction).await.unique("email")?;
        transaction.commit().await?;
        row
    } else {
        row.update(api.db()).await.unique("email")?
    };
    Ok(web::Json(UserView::new(&links, row)))
}
