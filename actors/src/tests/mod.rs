//! The actors over real sockets, with a directory that is a map.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod config_keys;
pub mod directory;
mod faults;
mod missed;
#[expect(dead_code, reason = "the stories of the server use all of it")]
#[path = "../../../tests/engine/page.rs"]
mod page;
mod phone;
mod phone_calls;
mod phones;
mod provisioning;
mod recordings;
mod referrals;
mod refusals;
mod scene;
mod server;
mod supervision;
mod trust;

pub use faults::trip;
