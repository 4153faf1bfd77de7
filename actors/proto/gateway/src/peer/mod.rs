//! A browser calls a browser: one caller leg, one or more callee branches.
//!
//! The engine is the callee towards the caller and the caller towards each
//! callee; media goes peer to peer. See [`PeerCall`].

mod call;
mod io;

pub use call::PeerCall;
pub use io::{Branch, Input, Output};
