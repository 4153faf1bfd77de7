//! Credentials on a network, bound to a session.

use sea_orm::entity::prelude::*;

/// A row of `account`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// UUID v4.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The session it lives and dies with.
    pub session: Uuid,
    /// The network it is on.
    pub network: Uuid,
    /// Whose it is.
    pub owner: Uuid,
    /// The user on that network.
    pub identifier: String,
    /// The password on that network, sealed.
    pub access_token: Option<Vec<u8>>,
    /// JSON text, as it came; wins over the network's.
    #[sea_orm(column_type = "Text")]
    pub config: String,
    /// Whether it came as text.
    pub config_is_text: bool,
    /// UTC.
    pub created: TimeDateTimeWithTimeZone,
    /// Its session.
    #[sea_orm(belongs_to, from = "session", to = "id", on_delete = "Cascade")]
    pub in_session: BelongsTo<super::session::Entity>,
    /// Its network.
    #[sea_orm(belongs_to, from = "network", to = "id", on_delete = "Cascade")]
    pub on_network: BelongsTo<super::network::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
