//! `PATCH /networks/id/{id}`.

use actix_web::{Responder, web};
use entities::account;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::fields::{NetworkFields, connector};
use super::{NetworkView, find};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::check;
use crate::api::error::{ApiError, Unique};
use crate::api::link::Links;
use crate::api::state::{Api, ApiState};

/// Changes a network; the running sessions on it follow. Only an admin changes `config.trusted`: 403.
#[utoipa::path(patch, path = "/networks/id/{id}", tag = "networks", params(("id" = Uuid, Path)),
    request_body = NetworkFields, responses((status = 200, body = NetworkView)))]
pub(in crate::api) async fn update(
    api: ApiState,
    caller: Caller,
    links: Links,
    id: web::Path<Uuid>,
    Body(change): Body<NetworkFields>,
) -> Result<impl Responder, ApiError> {
    let network = find(&api, &caller, *id).await?;
    caller.not_app_only()?;
    let connector = connector(change.connector.as_deref().unwrap_or(&network.connector))?;
    let mut row = network.clone().into_active_model();
    change.apply(connector, &mut row)?;
    let config = check::stored(row.config.as_ref());
    // Another connector may read the old config differently.
    check::keys(connector, &config)?;
    caller.keeps_trusted(&check::stored(&network.config), &config)?;
    let row = row.update(api.db()).await.unique("tag")?;
    api.changed(sessions(&api, *id).await?);
    Ok(web::Json(NetworkView::new(&links, row)))
}

/// The ids of the sessions with an account on `network`, whoever asks.
pub(super) async fn sessions(api: &Api, network: Uuid) -> Result<Vec<Uuid>, ApiError> {
    let rows = account::Entity::find().select_only().column(account::Column::Session).distinct();
    Ok(rows.filter(account::Column::Network.eq(network)).into_tuple().all(api.db()).await?)
}
