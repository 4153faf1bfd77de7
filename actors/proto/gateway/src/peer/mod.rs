//! A browser calls a browser: one caller leg, one or more callee branches.
//!
//! The engine is the callee towards the caller and the caller towards each
//! callee; media goes peer to peer. [`PeerCall`] is split by what is going on:
//!
//! | file | |
//! |---|---|
//! | `call` | the object, its two verbs, its clock |
//! | `invite` | until the accept: branches, early candidates, the whole description |
//! | `fork` | which of several refusals the caller hears |
//! | `talk` | after the accept: candidates, DTMF, renegotiation |
//! | `take_over` | a reloaded page claims its leg |
//! | `end` | ends and lost clients |
//!
//! Not here: transfer (a later `gateway` module of its own; refused with `notSupported`).

mod call;
mod end;
pub(crate) mod fork;
mod invite;
mod io;
mod take_over;
mod talk;

pub use call::PeerCall;
pub use io::{Branch, Input, Output};
