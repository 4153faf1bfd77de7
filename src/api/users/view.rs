//! A user as the API shows it.

use entities::user::{self, Kind};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::link::{Link, Links};
use crate::api::page::View;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    /// Where it is.
    pub href: String,
    /// UUID v4.
    pub id: Uuid,
    /// Log-in name, in lower case.
    pub email: String,
    /// What the user may do.
    #[serde(rename = "type")]
    pub kind: UserType,
    /// The user's apps.
    pub apps: Link,
    /// The user's networks.
    pub networks: Link,
    /// UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum UserType {
    /// Everything, for every owner.
    Admin,
    /// What they own.
    User,
}

impl From<Kind> for UserType {
    fn from(kind: Kind) -> UserType {
        match kind {
            Kind::Admin => UserType::Admin,
            Kind::User => UserType::User,
        }
    }
}

impl From<UserType> for Kind {
    fn from(kind: UserType) -> Kind {
        match kind {
            UserType::Admin => Kind::Admin,
            UserType::User => Kind::User,
        }
    }
}

impl UserView {
    pub(in crate::api) fn new(links: &Links, user: user::Model) -> UserView {
        let below = |resource| links.to(&format!("users/id/{}/{resource}", user.id));
        UserView {
            href: links.id("users", user.id).href,
            id: user.id,
            apps: below("apps"),
            networks: below("networks"),
            email: user.email,
            kind: user.kind.into(),
            created: user.created,
        }
    }
}

impl View for UserView {
    fn link(&self) -> Link {
        Link { href: self.href.clone() }
    }
}
