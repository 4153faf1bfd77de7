//! The INVITE usage (RFC 3261 sections 13 to 15): a call from the first INVITE to BYE.
//!
//! - [`Outgoing`]: our INVITE until it is answered or refused, with all the dialogs a fork makes, CANCEL,
//!   PRACK (RFC 3262), late 2xx.
//! - [`Incoming`]: an INVITE to us until its ACK, with reliable provisional responses.
//! - [`Session`]: the confirmed dialog: offers both ways by re-INVITE and UPDATE (RFC 3311), glare, session timers,
//!   requests within, BYE.
//!
//! Each is told what came and gives [`Action`]s by `poll`. Whoever drives them adds Via and credentials to
//! requests and puts requests and responses into a [`Layer`](crate::transaction::Layer).
//!
//! Absent: an UPDATE of ours in an early dialog, and a second offer in a PRACK, which is refused without harm.

mod action;
mod early_update;
mod incoming;
mod outgoing;
mod session;

pub use action::{Action, EndedBy};
pub use incoming::{Incoming, IncomingEvent};
pub use outgoing::{Answered, FORKS, Outgoing, OutgoingEvent};
pub use session::{Session, SessionEvent, Setup};
