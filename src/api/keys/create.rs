//! `POST /keys`.

use actix_web::{HttpResponse, Responder};
use entities::api_key;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::KeyView;
use super::view::KeyScope;
use crate::api::apps;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::check::{self, NAME_CHARS};
use crate::api::error::{ApiError, Code};
use crate::api::link::Links;
use crate::api::page::View;
use crate::api::state::ApiState;
use crate::api::users::owner;
use crate::secrets::random_token;

/// A new key.
#[derive(Deserialize, ToSchema)]
pub struct NewKey {
    /// For people.
    name: String,
    /// What it may do.
    scope: KeyScope,
    /// The only app it sees; one of the owner's.
    app: Option<Uuid>,
    /// The caller where it is not there.
    owner: Option<Uuid>,
}

/// Makes a key; the answer is the only one that shows it.
#[utoipa::path(post, path = "/keys", tag = "keys", request_body = NewKey, responses((status = 201, body = KeyView)))]
pub(in crate::api) async fn create(
    api: ApiState,
    caller: Caller,
    links: Links,
    Body(new): Body<NewKey>,
) -> Result<impl Responder, ApiError> {
    caller.password_only()?;
    check::text("name", &new.name, NAME_CHARS)?;
    let owner = owner(&api, &caller, new.owner, caller.user).await?;
    if let Some(app) = new.app {
        match apps::find(&api, &caller, app).await {
            Ok(app) if app.owner == owner => {}
            Ok(_) => return Err(no_app()),
            Err(error) if error.code == Code::NotFound => return Err(no_app()),
            Err(error) => return Err(error),
        }
    }
    let key = format!("rtc_{}", random_token()?);
    let row = api_key::ActiveModel {
        id: Set(Uuid::new_v4()),
        owner: Set(owner),
        name: Set(new.name),
        hash: Set(api.secrets().hash(&key)),
        scope: Set(new.scope.into()),
        app: Set(new.app),
        created: Set(OffsetDateTime::now_utc()),
    };
    let view = KeyView { key: Some(key), ..KeyView::new(&links, row.insert(api.db()).await?) };
    Ok(HttpResponse::Created().insert_header(("Location", view.link().href)).json(view))
}

fn no_app() -> ApiError {
    ApiError::invalid("app", "no such app of the owner's")
}
