//! The rows of the database, a file a table. Secrets in them are sealed or hashed before they get here.

pub mod account;
pub mod api_key;
pub mod app;
pub mod call_record;
pub mod network;
pub mod secrets_key;
pub mod session;
pub mod user;
