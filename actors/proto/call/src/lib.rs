//! One leg between the engine and a browser, as every connector needs it: the
//! dialog, the renegotiation lock, candidates that came too early, DTMF.
//!
//! Each part knows one leg only and has no queue of outputs: it is told who said
//! what and decides whether that was in order. Joining two legs is `gateway`'s work.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod candidates;
pub mod change;
pub mod dialog;
pub mod dtmf;
mod party;

pub use candidates::Candidates;
pub use change::{Change, Verdict};
pub use dialog::{Dialog, Role};
pub use party::Party;
