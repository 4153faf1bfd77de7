//! The configuration: one file per section of `config.toml`, read strictly.
//!
//! A value comes from the environment (`RTC__SECTION__KEY`), else from the file, else it
//! is the default. An unknown key, a wrong type or a value out of range is an
//! [`Invalid`]: one sentence naming the key, and the binary exits with 2. Relative
//! paths are relative to the folder of the file. Units stand last in the names
//! (`drain_s`); in the structs they have become a [`std::time::Duration`].

mod admin;
#[expect(clippy::module_inception, reason = "the file of the type of this name")]
mod config;
mod database;
mod demo;
mod http;
mod limits;
mod log;
mod media;
mod metrics;
mod secrets;
mod session;
mod shutdown;
mod sip;
mod source;
mod turn;
mod value;

pub use self::admin::Admin;
pub use self::config::Config;
pub use self::database::Database;
pub use self::demo::{Demo, SignIn};
pub use self::http::{Certificate, Http};
pub use self::limits::Limits;
pub use self::log::Log;
pub use self::media::{Media, Ports};
pub use self::metrics::Metrics;
pub use self::secrets::Secrets;
pub use self::session::Session;
pub use self::shutdown::Shutdown;
pub use self::sip::{Listen, Sip, Transport};
pub use self::source::{Invalid, Key};
pub use self::turn::Turn;
