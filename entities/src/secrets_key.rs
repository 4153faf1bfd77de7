//! By which key the secrets are sealed; one row.

use sea_orm::entity::prelude::*;

/// A row of `secrets_key`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "secrets_key")]
pub struct Model {
    /// The nil UUID: there is one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Keyed hash of a text that is always the same.
    pub proof: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
