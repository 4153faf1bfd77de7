//! A key as the API shows it: without the key.

use entities::api_key::{self, Scope};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::link::{Link, Links};
use crate::api::page::View;

/// A key.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    /// Where it is.
    pub href: String,
    /// UUID v4.
    pub id: Uuid,
    /// For people.
    pub name: String,
    /// What it may do.
    pub scope: KeyScope,
    /// What goes after `Bearer`; there on creation only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The only app it sees; null: all of the owner's.
    pub app: Option<Link>,
    /// Whose it is.
    pub owner: Link,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum KeyScope {
    /// GET only, and neither session tokens nor an app's secrets.
    Read,
    /// What its owner may, but for users and keys.
    Write,
}

impl From<Scope> for KeyScope {
    fn from(scope: Scope) -> KeyScope {
        match scope {
            Scope::Read => KeyScope::Read,
            Scope::Write => KeyScope::Write,
        }
    }
}

impl From<KeyScope> for Scope {
    fn from(scope: KeyScope) -> Scope {
        match scope {
            KeyScope::Read => Scope::Read,
            KeyScope::Write => Scope::Write,
        }
    }
}

impl KeyView {
    pub(super) fn new(links: &Links, row: api_key::Model) -> KeyView {
        KeyView {
            href: links.id("keys", row.id).href,
            id: row.id,
            scope: row.scope.into(),
            key: None,
            app: row.app.map(|app| links.id("apps", app)),
            owner: links.id("users", row.owner),
            name: row.name,
            created: row.created,
        }
    }
}

impl View for KeyView {
    fn link(&self) -> Link {
        Link { href: self.href.clone() }
    }
}
