//! An app as the API shows it.

use entities::app;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::{Link, Links};
use crate::api::page::View;
use crate::api::state::Api;

/// An app.
#[derive(Serialize, ToSchema)]
pub struct AppView {
    /// Where it is.
    pub href: String,
    /// UUID v4.
    pub id: Uuid,
    /// For people.
    pub name: String,
    /// Where it runs.
    pub domain: String,
    /// The owner's note; null where unset, and for a reading key.
    pub secret: Option<String>,
    /// The owner's note; null where unset, and for a reading key.
    #[serde(rename = "apiKey")]
    pub api_key: Option<String>,
    /// Limits.
    pub quotas: Quotas,
    /// Origins whose pages may use its sessions; null is any.
    #[serde(rename = "allowedOrigins")]
    #[schema(value_type = Option<Vec<String>>)]
    pub allowed_origins: Option<sea_orm::JsonValue>,
    /// Seconds a session lives unconnected; null is the engine's default.
    #[serde(rename = "sessionLifetime")]
    pub session_lifetime_s: Option<i32>,
    /// Whose it is.
    pub owner: Link,
    /// Its sessions.
    pub sessions: Link,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// Limits of an app; null is the engine's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quotas {
    /// Most sessions alive.
    pub sessions: Option<i32>,
    /// Most accounts in all sessions alive.
    pub accounts: Option<i32>,
    /// Most sockets of one session.
    pub devices: Option<i32>,
    /// Most calls of one session.
    pub calls: Option<i32>,
}

impl AppView {
    /// As `caller` may see it.
    pub(in crate::api) fn new(api: &Api, caller: &Caller, links: &Links, app: app::Model) -> Result<AppView, ApiError> {
        let open = |place, sealed: Option<&Vec<u8>>| match sealed.filter(|_| caller.reads_secrets()) {
            Some(sealed) => Ok(Some(api.secrets().open(place, app.id, sealed)?.reveal().to_owned())),
            None => Ok::<_, ApiError>(None),
        };
        Ok(AppView {
            href: links.id("apps", app.id).href,
            id: app.id,
            secret: open("app.secret", app.secret.as_ref())?,
            api_key: open("app.api_key", app.api_key.as_ref())?,
            quotas: Quotas {
                sessions: app.max_sessions,
                accounts: app.max_accounts,
                devices: app.max_devices,
                calls: app.max_calls,
            },
            owner: links.id("users", app.owner),
            sessions: links.to(&format!("apps/id/{}/sessions", app.id)),
            name: app.name,
            domain: app.domain,
            allowed_origins: app.allowed_origins,
            session_lifetime_s: app.session_lifetime_s,
            created: app.created,
        })
    }
}

impl View for AppView {
    fn link(&self) -> Link {
        Link { href: self.href.clone() }
    }
}
