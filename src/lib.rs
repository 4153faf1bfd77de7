//! The server of RTC:engine: configuration, HTTP, provisioning and operation around
//! the actors. [`Engine::start`] is the whole engine, any number of times in one
//! process; the binary adds the command line and the signals.

pub mod api;
pub mod args;
pub mod config;
pub mod directory;
pub mod log;
pub mod secrets;
pub mod shutdown;

mod files;
mod health;
mod http;
mod metrics;
mod phones;
mod server;
mod tls;
mod wiring;

pub use config::Config;
pub use server::{Engine, StartError};
