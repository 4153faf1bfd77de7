//! Table `user`: who may provision.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("user")
            .col(pk_uuid("id"))
            .col(string_len_uniq("email", 254))
            .col(string_len("password", 255))
            .col(string_len("kind", 16))
            .col(timestamp_with_time_zone("created"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("user").to_owned()).await
    }
}
