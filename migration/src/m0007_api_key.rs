//! Table `api_key`: a bearer key; only its keyed hash is kept.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("api_key")
            .col(pk_uuid("id"))
            .col(uuid("owner"))
            .col(string_len("name", 255))
            .col(var_binary_uniq("hash", 32))
            .col(string_len("scope", 16))
            .col(uuid_null("app"))
            .col(timestamp_with_time_zone("created"))
            .foreign_key(
                ForeignKey::create()
                    .name("api_key_owner")
                    .from("api_key", "owner")
                    .to("user", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("api_key_app")
                    .from("api_key", "app")
                    .to("app", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(Index::create().name("api_key_by_owner").table("api_key").col("owner").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_key").to_owned()).await
    }
}
