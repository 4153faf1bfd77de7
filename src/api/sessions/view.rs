//! A session as the API shows it.

use entities::session;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::caller::Caller;
use crate::api::error::ApiError;
use crate::api::link::{Link, Links};
use crate::api::page::View;
use crate::api::state::Api;

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// Where it is.
    pub href: String,
    /// UUID v4.
    pub id: Uuid,
    /// What `session.open` takes; there for the owner only, and on creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// False: nobody can open it.
    pub activated: bool,
    /// UTC; slides while connected.
    #[serde(with = "time::serde::rfc3339")]
    pub expires: OffsetDateTime,
    /// The app it counts for.
    pub app: Link,
    /// Its accounts.
    pub accounts: Link,
    /// Whose it is.
    pub owner: Link,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl SessionView {
    /// As `caller` may see it.
    pub(in crate::api) fn new(
        api: &Api,
        caller: &Caller,
        links: &Links,
        session: session::Model,
    ) -> Result<SessionView, ApiError> {
        let token = match caller.reads_token(session.owner) {
            true => Some(api.secrets().open("session.token", session.id, &session.token)?.reveal().to_owned()),
            false => None,
        };
        Ok(SessionView { token, ..SessionView::without_token(links, session) })
    }

    pub(super) fn without_token(links: &Links, session: session::Model) -> SessionView {
        SessionView {
            href: links.id("sessions", session.id).href,
            id: session.id,
            token: None,
            activated: session.activated,
            expires: session.expires,
            app: links.id("apps", session.app),
            accounts: links.to(&format!("sessions/id/{}/accounts", session.id)),
            owner: links.id("users", session.owner),
            created: session.created,
        }
    }
}

impl View for SessionView {
    fn link(&self) -> Link {
        Link { href: self.href.clone() }
    }
}
