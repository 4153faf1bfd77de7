//! Table `account`: credentials on a network, bound to a session.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("account")
            .col(pk_uuid("id"))
            .col(uuid("session"))
            .col(uuid("network"))
            .col(uuid("owner"))
            .col(string_len("identifier", 512))
            .col(var_binary_null("access_token", 8192))
            .col(text("config"))
            .col(boolean("config_is_text"))
            .col(timestamp_with_time_zone("created"))
            .foreign_key(
                ForeignKey::create()
                    .name("account_session")
                    .from("account", "session")
                    .to("session", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("account_network")
                    .from("account", "network")
                    .to("network", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("account_owner")
                    .from("account", "owner")
                    .to("user", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(Index::create().name("account_by_session").table("account").col("session").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("account_by_network").table("account").col("network").to_owned())
            .await?;
        manager.create_index(Index::create().name("account_by_owner").table("account").col("owner").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("account").to_owned()).await
    }
}
