//! Table `session`: a token, and what it opens.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("session")
            .col(pk_uuid("id"))
            .col(uuid("app"))
            .col(uuid("owner"))
            .col(var_binary_uniq("token_hash", 32))
            .col(var_binary("token", 256))
            .col(boolean("activated"))
            .col(timestamp_with_time_zone("expires"))
            .col(timestamp_with_time_zone("created"))
            .foreign_key(
                ForeignKey::create()
                    .name("session_app")
                    .from("session", "app")
                    .to("app", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("session_owner")
                    .from("session", "owner")
                    .to("user", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(Index::create().name("session_by_app").table("session").col("app").to_owned()).await?;
        manager.create_index(Index::create().name("session_by_owner").table("session").col("owner").to_owned()).await?;
        manager
            .create_index(Index::create().name("session_by_expires").table("session").col("expires").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("session").to_owned()).await
    }
}
