//! The list of changes.

use sea_orm_migration::prelude::*;

/// Every change, oldest first. A released file is never edited: a later change is a new file.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(crate::m0001_user::Migration),
            Box::new(crate::m0002_app::Migration),
            Box::new(crate::m0003_network::Migration),
            Box::new(crate::m0004_session::Migration),
            Box::new(crate::m0005_account::Migration),
            Box::new(crate::m0006_call_record::Migration),
            Box::new(crate::m0007_api_key::Migration),
            Box::new(crate::m0008_secrets_key::Migration),
        ]
    }
}
