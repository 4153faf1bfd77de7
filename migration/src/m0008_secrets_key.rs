//! Table `secrets_key`: by which key the secrets in the database are sealed, as a proof that tells nothing of it.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create().table("secrets_key").col(pk_uuid("id")).col(var_binary("proof", 32)).to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("secrets_key").to_owned()).await
    }
}
