//! Dialogs (RFC 3261 section 12) and what is negotiated in them.
//!
//! - [`Dialog`]: tags, route set, remote target, sequence numbers; builds requests and checks those that come.
//! - [`Negotiation`]: who owes whom an answer (RFC 3264, RFC 6337).
//! - [`SessionTimer`]: RFC 4028.

mod negotiation;
mod session_timer;
mod state;

pub use negotiation::{Negotiation, Owed, Refusal};
pub use session_timer::{Due, SessionTimer, TimerPolicy};
pub use state::{Dialog, DialogId, OutOfOrder};
