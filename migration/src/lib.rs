//! The tables, one change per file, in the order they are applied. They run at every start.

mod m0001_user;
mod m0002_app;
mod m0003_network;
mod m0004_session;
mod m0005_account;
mod m0006_call_record;
mod m0007_api_key;
mod m0008_secrets_key;
mod migrator;

pub use migrator::Migrator;
pub use sea_orm_migration::MigratorTrait;
