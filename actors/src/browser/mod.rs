//! The front connector: WebSockets in, frames out.

mod budget;
mod client;
mod connector;
mod cut;
mod outbox;
mod upgrade;

pub use client::{BrowserClient, Close, Opened, Refused};
pub use connector::{BrowserConnector, Connect, Disconnect, SessionClosed, Socket};
pub use cut::Cut;
pub use upgrade::upgrade;
