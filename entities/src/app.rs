//! The tenant boundary: quotas, origins, session lifetime.

use sea_orm::entity::prelude::*;

/// A row of `app`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "app")]
pub struct Model {
    /// UUID v4.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub owner: Uuid,
    /// For people.
    pub name: String,
    /// Where it runs.
    pub domain: String,
    /// Sealed.
    pub secret: Option<Vec<u8>>,
    /// Sealed.
    pub api_key: Option<Vec<u8>>,
    /// Array of origins whose pages may use its sessions; null is any.
    pub allowed_origins: Option<Json>,
    /// Most sessions alive.
    pub max_sessions: Option<i32>,
    /// Most accounts.
    pub max_accounts: Option<i32>,
    /// Most sockets of one session.
    pub max_devices: Option<i32>,
    /// Most calls of one session.
    pub max_calls: Option<i32>,
    /// How long a session lives unconnected, in seconds.
    pub session_lifetime_s: Option<i32>,
    /// UTC.
    pub created: TimeDateTimeWithTimeZone,
    /// Its user.
    #[sea_orm(belongs_to, from = "owner", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::user::Entity>,
    /// Its sessions.
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
