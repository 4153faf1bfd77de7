//! Sessions: the scope of one user's devices, accounts and calls.

mod accounts;
pub mod core;
mod ice;
#[expect(clippy::module_inception, reason = "the actor is named as the field names it")]
mod session;

pub use accounts::{Budget, Build, Notice, Started};
pub use session::{AccountDied, Attach, DeviceLost, Reload, Served, Session, Stop};
