//! A bearer key; only its keyed hash is kept.

use sea_orm::entity::prelude::*;

/// A row of `api_key`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// UUID v4.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub owner: Uuid,
    /// For people.
    pub name: String,
    /// Keyed hash of the key.
    #[sea_orm(unique)]
    pub hash: Vec<u8>,
    /// What it may do.
    pub scope: Scope,
    /// The only app it sees; null: all of the owner's.
    pub app: Option<Uuid>,
    /// UTC.
    pub created: TimeDateTimeWithTimeZone,
    /// Its user.
    #[sea_orm(belongs_to, from = "owner", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::user::Entity>,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "camelCase")]
pub enum Scope {
    /// GET only.
    Read,
    /// What its owner may.
    Write,
}

impl ActiveModelBehavior for ActiveModel {}
