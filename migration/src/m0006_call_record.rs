//! Table `call_record`: one row a finished leg. It outlives its session, so only the owner is a foreign key.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("call_record")
            .col(pk_uuid("id"))
            .col(uuid_null("owner"))
            .col(uuid_null("app"))
            .col(string_len("gcid", 64))
            .col(uuid("call"))
            .col(uuid("session"))
            .col(uuid("account"))
            .col(string_len("connector", 32))
            .col(boolean("outgoing"))
            .col(string_len("local", 512))
            .col(string_len("remote", 512))
            .col(timestamp_with_time_zone("started"))
            .col(timestamp_with_time_zone_null("answered"))
            .col(timestamp_with_time_zone("ended"))
            .col(string_len("reason", 32))
            .col(boolean("ended_by_local"))
            .col(string_len_null("media", 512))
            .foreign_key(
                ForeignKey::create()
                    .name("call_record_owner")
                    .from("call_record", "owner")
                    .to("user", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(
                Index::create()
                    .name("call_record_by_owner_started")
                    .table("call_record")
                    .col("owner")
                    .col("started")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("call_record_by_gcid").table("call_record").col("gcid").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("call_record_by_session").table("call_record").col("session").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("call_record").to_owned()).await
    }
}
