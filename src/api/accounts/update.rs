//! `PATCH /accounts/id/{id}`.

use actix_web::{Responder, web};
use entities::network;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::AccountView;
use super::fields::{access_token, identifier};
use super::read::find;
use crate::api::body::{Body, present};
use crate::api::caller::Caller;
use crate::api::check;
use crate::api::error::ApiError;
use crate::api::link::Links;
use crate::api::networks::connector;
use crate::api::state::ApiState;

/// What changes.
#[derive(Deserialize, ToSchema)]
pub struct AccountChange {
    /// The user on that network.
    identifier: Option<String>,
    /// The password on that network; null takes it away.
    #[serde(default, rename = "accessToken", deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    access_token: Option<Option<String>>,
    /// A JSON object, or JSON text of one: the whole new config. `trusted` is set by an admin only.
    #[schema(value_type = Option<Object>)]
    config: Option<Value>,
}

/// Changes an account; its running session follows. Only an admin changes `config.trusted`: 403.
#[utoipa::path(patch, path = "/accounts/id/{id}", tag = "accounts", params(("id" = Uuid, Path)),
    request_body = AccountChange, responses((status = 200, body = AccountView)))]
pub(in crate::api) async fn update(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    Body(change): Body<AccountChange>,
) -> Result<impl Responder, ApiError> {
    let account = find(&api, &caller, *id).await?;
    let (session, network, stands) = (account.session, account.network, check::stored(&account.config));
    let mut row = account.into_active_model();
    if let Some(value) = change.identifier {
        row.identifier = Set(identifier(value)?);
    }
    if let Some(token) = change.access_token {
        row.access_token = Set(access_token(&api, *id, token)?);
    }
    if change.config.is_some() {
        let network = network::Entity::find_by_id(network).one(api.db()).await?.ok_or_else(ApiError::not_found)?;
        let config = check::config(connector(&network.connector)?, change.config)?;
        caller.keeps_trusted(&stands, &check::stored(&config.text))?;
        row.config = Set(config.text);
        row.config_is_text = Set(config.is_text);
    }
    let row = row.update(api.db()).await?;
    api.changed(vec![session]);
    Ok(web::Json(AccountView::new(&links, row)))
}
