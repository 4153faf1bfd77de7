//! A network as the API shows it.

use actors::config::{Common, default_capabilities};
use entities::network;
use serde::Serialize;
use serde_json::Value;
use signal::Connector;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::check::config_as_it_came;
use crate::api::link::{Link, Links};
use crate::api::page::View;
use crate::directory::network_config;

/// A network.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkView {
    /// Where it is.
    pub href: String,
    /// UUID v4.
    pub id: Uuid,
    /// Unique for its owner.
    pub tag: String,
    /// `webrtc`, `sip-connector`, `xmpp-connector` or `conference`.
    pub connector: String,
    /// An object or its text, as it came.
    pub config: Value,
    /// What calls on it can do, after `config`.
    pub capabilities: Vec<String>,
    /// What may be called, after `config`; empty is anything.
    #[serde(rename = "allowedTargets")]
    pub allowed_targets: Vec<String>,
    /// Whose it is.
    pub owner: Link,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl NetworkView {
    pub(in crate::api) fn new(links: &Links, network: network::Model) -> NetworkView {
        let common = Common::from(&network_config(&network));
        let connector = Connector::parse(&network.connector).unwrap_or(Connector::Core);
        NetworkView {
            href: links.id("networks", network.id).href,
            id: network.id,
            config: config_as_it_came(&network.config, network.config_is_text),
            capabilities: common.capabilities.unwrap_or_else(|| default_capabilities(connector)),
            allowed_targets: common.allowed_targets,
            owner: links.id("users", network.owner),
            tag: network.tag,
            connector: network.connector,
            created: network.created,
        }
    }
}

impl View for NetworkView {
    fn link(&self) -> Link {
        Link { href: self.href.clone() }
    }
}
