//! An account as the API shows it: without its accessToken.

use entities::account;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::check::config_as_it_came;
use crate::api::link::{Link, Links};
use crate::api::page::View;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Where it is.
    pub href: String,
    /// UUID v4.
    pub id: Uuid,
    /// The user on that network.
    pub identifier: String,
    /// An object or its text, as it came; wins over the network's.
    pub config: Value,
    /// The session it lives and dies with.
    pub session: Link,
    /// The network it is on.
    pub network: Link,
    /// Whose it is.
    pub owner: Link,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl AccountView {
    pub(in crate::api) fn new(links: &Links, account: account::Model) -> AccountView {
        AccountView {
            href: links.id("accounts", account.id).href,
            id: account.id,
            config: config_as_it_came(&account.config, account.config_is_text),
            session: links.id("sessions", account.session),
            network: links.id("networks", account.network),
            owner: links.id("users", account.owner),
            identifier: account.identifier,
            created: account.created,
        }
    }
}

impl View for AccountView {
    fn link(&self) -> Link {
        Link { href: self.href.clone() }
    }
}
