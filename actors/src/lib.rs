//! The actors: every WebSocket client, session, account B2BUA, call dialog and
//! connector is one. They move messages and own sockets; what to do is decided by
//! the cores in `proto/`.

pub mod directory;
