//! Who may provision.

use sea_orm::entity::prelude::*;

/// A row of `user`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// UUID v4.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Lower case.
    #[sea_orm(unique)]
    pub email: String,
    /// Argon2id, as a PHC string; empty: nobody can log in.
    pub password: String,
    /// What they may do.
    pub kind: Kind,
    /// UTC.
    pub created: TimeDateTimeWithTimeZone,
    /// What goes with the user.
    #[sea_orm(has_many)]
    pub apps: HasMany<super::app::Entity>,
    /// What goes with the user.
    #[sea_orm(has_many)]
    pub networks: HasMany<super::network::Entity>,
    /// What goes with the user.
    #[sea_orm(has_many)]
    pub keys: HasMany<super::api_key::Entity>,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "camelCase")]
pub enum Kind {
    /// Everything, for every owner.
    Admin,
    /// What they own.
    User,
}

impl ActiveModelBehavior for ActiveModel {}
