//! A token, and what it opens.

use sea_orm::entity::prelude::*;

/// A row of `session`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// UUID v4.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The app it counts for.
    pub app: Uuid,
    /// Whose it is.
    pub owner: Uuid,
    /// Keyed hash of the token.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    /// The token, sealed, for its owner to read again.
    pub token: Vec<u8>,
    /// False: provisioning shut it.
    pub activated: bool,
    /// UTC; slides while connected.
    pub expires: TimeDateTimeWithTimeZone,
    /// UTC.
    pub created: TimeDateTimeWithTimeZone,
    /// Its app.
    #[sea_orm(belongs_to, from = "app", to = "id", on_delete = "Cascade")]
    pub in_app: BelongsTo<super::app::Entity>,
    /// Its accounts.
    #[sea_orm(has_many)]
    pub accounts: HasMany<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
