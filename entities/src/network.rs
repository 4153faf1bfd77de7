//! A tag of its owner, and the connector behind it.

use sea_orm::entity::prelude::*;

/// A row of `network`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "network")]
pub struct Model {
    /// UUID v4.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub owner: Uuid,
    /// Unique for the owner.
    pub tag: String,
    /// The connector's wire name.
    pub connector: String,
    /// JSON text, as it came.
    #[sea_orm(column_type = "Text")]
    pub config: String,
    /// Whether it came as text.
    pub config_is_text: bool,
    /// Array of what calls can do, where not in `config`.
    pub capabilities: Option<Json>,
    /// Array of patterns of what may be called, where not in `config`.
    pub allowed_targets: Option<Json>,
    /// UTC.
    pub created: TimeDateTimeWithTimeZone,
    /// Its user.
    #[sea_orm(belongs_to, from = "owner", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::user::Entity>,
    /// The accounts on it.
    #[sea_orm(has_many)]
    pub accounts: HasMany<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
