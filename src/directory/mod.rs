//! What the actors need of the database (`actors::directory::Directory`), over SeaORM.
//!
//! Reads go to the database each time; writes that a call causes go to a bounded
//! queue and one task, so a call never waits for a disk. While the database is away
//! sessions opened lately open as they were read last, new ones get `internalError`,
//! running ones go on, and nothing needs a restart.

mod connect;
mod effective;
mod first_admin;
mod owners;
mod recent;
mod sql;
mod store;
mod unlock;
mod writer;

pub use connect::{ConnectError, connect};
pub use effective::{account_config, network_config};
pub use first_admin::{FirstAdmin, first_admin};
pub use sql::{Defaults, SqlDirectory};
pub use store::session_lifetime;
pub use unlock::{UnlockError, unlock};
