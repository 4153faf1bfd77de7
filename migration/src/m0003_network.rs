//! Table `network`: a tag of its owner, and the connector behind it.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("network")
            .col(pk_uuid("id"))
            .col(uuid("owner"))
            .col(string_len("tag", 64))
            .col(string_len("connector", 32))
            .col(text("config"))
            .col(boolean("config_is_text"))
            .col(json_null("capabilities"))
            .col(json_null("allowed_targets"))
            .col(timestamp_with_time_zone("created"))
            .foreign_key(
                ForeignKey::create()
                    .name("network_owner")
                    .from("network", "owner")
                    .to("user", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(
                Index::create()
                    .name("network_by_owner_tag")
                    .table("network")
                    .col("owner")
                    .col("tag")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("network").to_owned()).await
    }
}
