//! The actors: every WebSocket client, session, account B2BUA, call dialog and
//! connector is one. They move messages and own sockets; what to do is decided by
//! the cores in `proto/`.

pub mod browser;
pub mod calls;
pub mod config;
pub mod counters;
pub mod directory;
pub mod exchange;
pub mod limits;
pub mod media;
pub mod router;
pub mod session;
pub mod sip;
pub mod trace;
pub mod webrtc;

#[cfg(test)]
mod tests;
