//! Table `app`: the tenant boundary: quotas, origins, session lifetime.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates and drops the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("app")
            .col(pk_uuid("id"))
            .col(uuid("owner"))
            .col(string_len("name", 255))
            .col(string_len("domain", 255))
            .col(var_binary_null("secret", 2048))
            .col(var_binary_null("api_key", 2048))
            .col(json_null("allowed_origins"))
            .col(integer_null("max_sessions"))
            .col(integer_null("max_accounts"))
            .col(integer_null("max_devices"))
            .col(integer_null("max_calls"))
            .col(integer_null("session_lifetime_s"))
            .col(timestamp_with_time_zone("created"))
            .foreign_key(
                ForeignKey::create()
                    .name("app_owner")
                    .from("app", "owner")
                    .to("user", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(Index::create().name("app_by_owner").table("app").col("owner").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("app").to_owned()).await
    }
}
