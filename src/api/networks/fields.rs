//! Rules for the fields of networks.

use entities::network;
use sea_orm::ActiveValue::Set;
use serde::Deserialize;
use serde_json::{Map, Value};
use signal::Connector;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::body::present;
use crate::api::check;
use crate::api::error::ApiError;

/// Longest tag, in characters.
const TAG_CHARS: usize = 64;

/// The fields of a network. In `PATCH`, what is missing stays as it is.
#[derive(Deserialize, ToSchema)]
pub struct NetworkFields {
    /// Unique for the owner. `POST` wants it.
    pub(super) tag: Option<String>,
    /// `webrtc`, `sip-connector`, `xmpp-connector` or `conference`. `POST` wants it.
    pub(super) connector: Option<String>,
    /// A JSON object, or JSON text of one; its keys are checked for the connector. `trusted` is set by an admin only;
    /// its owner says it again as it stands.
    #[schema(value_type = Option<Object>)]
    config: Option<Value>,
    /// Where `config` does not say; null unsets.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    capabilities: Option<Option<Vec<String>>>,
    /// Where `config` does not say; null unsets.
    #[serde(default, rename = "allowedTargets", deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    allowed_targets: Option<Option<Vec<String>>>,
    /// `POST` only: the caller where it is not there.
    pub(super) owner: Option<Uuid>,
}

/// The connector of that name, if networks can be on it.
pub(in crate::api) fn connector(name: &str) -> Result<Connector, ApiError> {
    match Connector::parse(name) {
        Some(c @ (Connector::Webrtc | Connector::Sip | Connector::Xmpp | Connector::Conference)) => Ok(c),
        Some(Connector::Core | Connector::Browser) | None => {
            Err(ApiError::invalid("connector", "webrtc or sip-connector expected"))
        }
    }
}

impl NetworkFields {
    /// Puts the fields into `row`, a network that is on `connector` by then.
    pub(super) fn apply(self, connector: Connector, row: &mut network::ActiveModel) -> Result<(), ApiError> {
        if let Some(tag) = self.tag {
            check::text("tag", &tag, TAG_CHARS)?;
            row.tag = Set(tag);
        }
        row.connector = Set(connector.name().to_owned());
        if let Some(config) = self.config {
            let config = check::config(connector, Some(config))?;
            row.config = Set(config.text);
            row.config_is_text = Set(config.is_text);
        }
        if let Some(capabilities) = self.capabilities {
            row.capabilities = Set(list("capabilities", connector, capabilities)?);
        }
        if let Some(targets) = self.allowed_targets {
            row.allowed_targets = Set(list("allowedTargets", connector, targets)?);
        }
        Ok(())
    }
}

/// A list that could as well stand in `config`: the same rule holds.
fn list(key: &str, connector: Connector, items: Option<Vec<String>>) -> Result<Option<Value>, ApiError> {
    let Some(items) = items else { return Ok(None) };
    let value = Value::from(items);
    check::keys(connector, &Map::from_iter([(key.to_owned(), value.clone())]))?;
    Ok(Some(value))
}
