//! `POST /networks`.

use actix_web::{HttpResponse, Responder};
use entities::network;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::Map;
use time::OffsetDateTime;
use uuid::Uuid;

use super::NetworkView;
use super::fields::{NetworkFields, connector};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::check;
use crate::api::error::{ApiError, Unique};
use crate::api::link::Links;
use crate::api::page::View;
use crate::api::state::ApiState;
use crate::api::users::owner;

/// Makes a network. Only an admin sets `config.trusted`: 403.
#[utoipa::path(post, path = "/networks", tag = "networks", request_body = NetworkFields,
    responses((status = 201, body = NetworkView)))]
pub(in crate::api) async fn create(
    api: ApiState,
    caller: Caller,
    links: Links,
    Body(new): Body<NetworkFields>,
) -> Result<impl Responder, ApiError> {
    caller.not_app_only()?;
    if new.tag.is_none() {
        return Err(ApiError::invalid("tag", "is missing"));
    }
    let name = new.connector.as_deref().ok_or_else(|| ApiError::invalid("connector", "is missing"))?;
    let connector = connector(name)?;
    let mut row = network::ActiveModel {
        id: Set(Uuid::new_v4()),
        owner: Set(owner(&api, &caller, new.owner, caller.user).await?),
        config: Set("{}".to_owned()),
        config_is_text: Set(false),
        created: Set(OffsetDateTime::now_utc()),
        ..Default::default()
    };
    new.apply(connector, &mut row)?;
    caller.keeps_trusted(&Map::new(), &check::stored(row.config.as_ref()))?;
    let view = NetworkView::new(&links, row.insert(api.db()).await.unique("tag")?);
    Ok(HttpResponse::Created().insert_header(("Location", view.link().href)).json(view))
}
