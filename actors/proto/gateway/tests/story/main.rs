//! Calls told message by message, in virtual time. A client is a name: `a` calls, `b` and `c`
//! are called. What the core says is compared as text: `b start`, `a end busy`, `a refused wrongState id`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "virtual time needs a beginning, the world its seeds"
)]

mod bad;
mod echo;
mod fork;
mod listener;
mod ring;
mod take_over;
mod talk;
