//! `POST /accounts`.

use actix_web::{HttpResponse, Responder};
use entities::{account, network, session};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::fields::{access_token, identifier};
use super::{AccountView, insert};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::check;
use crate::api::error::{ApiError, Code};
use crate::api::link::Links;
use crate::api::networks::connector;
use crate::api::page::View;
use crate::api::sessions;
use crate::api::state::{Api, ApiState};
use crate::api::users::owner;

/// A new account.
#[derive(Deserialize, ToSchema)]
pub struct NewAccount {
    /// The session it lives and dies with.
    session: Uuid,
    /// Tag of a network of the owner's, or id of a network.
    network: String,
    /// `sip:user@domain`, `xmpp:user@domain`, or a bare user name.
    identifier: String,
    /// The password on that network; never given back.
    #[serde(rename = "accessToken")]
    access_token: Option<String>,
    /// A JSON object, or JSON text of one; wins over the network's. `trusted` is set by an admin only.
    #[schema(value_type = Option<Object>)]
    config: Option<Value>,
    /// The session's owner where it is not there.
    owner: Option<Uuid>,
}

/// Makes an account; its running session gets it at once. Only an admin sets `config.trusted`: 403.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = AccountView)))]
pub(in crate::api) async fn create(
    api: ApiState,
    caller: Caller,
    links: Links,
    Body(new): Body<NewAccount>,
) -> Result<impl Responder, ApiError> {
    let session = session(&api, &caller, new.session).await?;
    let owner = owner(&api, &caller, new.owner, session.owner).await?;
    let network = network(&api, &caller, owner, &new.network).await?;
    let config = check::config(connector(&network.connector)?, new.config)?;
    caller.keeps_trusted(&Map::new(), &check::stored(&config.text))?;
    let id = Uuid::new_v4();
    let row = account::ActiveModel {
        id: Set(id),
        session: Set(session.id),
        network: Set(network.id),
        owner: Set(owner),
        identifier: Set(identifier(new.identifier)?),
        access_token: Set(access_token(&api, id, new.access_token)?),
        config: Set(config.text),
        config_is_text: Set(config.is_text),
        created: Set(OffsetDateTime::now_utc()),
    };
    let view = AccountView::new(&links, insert(&api, &session, row).await?);
    api.changed(vec![session.id]);
    Ok(HttpResponse::Created().insert_header(("Location", view.link().href)).json(view))
}

async fn session(api: &Api, caller: &Caller, id: Uuid) -> Result<session::Model, ApiError> {
    sessions::find(api, caller, id).await.map_err(|error| match error.code {
        Code::NotFound => ApiError::invalid("session", "no such session"),
        _ => error,
    })
}

/// The network of `owner` with the tag `name`, else the one with the id `name`.
async fn network(api: &Api, caller: &Caller, owner: Uuid, name: &str) -> Result<network::Model, ApiError> {
    check::text("network", name, check::NAME_CHARS)?;
    let of_owner = network::Entity::find().filter(network::Column::Owner.eq(owner));
    let by_tag = caller.networks(of_owner.filter(network::Column::Tag.eq(name))).one(api.db()).await?;
    if let Some(network) = by_tag {
        return Ok(network);
    }
    let by_id = match Uuid::try_parse(name) {
        Ok(id) => caller.networks(network::Entity::find_by_id(id)).one(api.db()).await?,
        Err(_) => None,
    };
    by_id.ok_or_else(|| ApiError::invalid("network", "no such network: a tag of the owner's or an id expected"))
}
