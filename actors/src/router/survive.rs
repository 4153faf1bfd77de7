//! The actors of a lane outlive a panic: it costs the message it was about.
//!
//! An account or a call that panics is rebuilt or ended, for its state may be
//! broken. Router, registry, browser connector and core serve everybody, and each
//! message of theirs touches one session's entries only.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `handle`; a panic within is logged and goes no further.
pub fn survive(place: &'static str, handle: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(handle)).is_err() {
        log::error!(place; "panic while handling one message");
    }
}
