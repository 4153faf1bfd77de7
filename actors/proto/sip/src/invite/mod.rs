//! The INVITE usage (RFC 3261 sections 13 to 15): a call from the first INVITE to BYE.
//!
//! - [`Outgoing`]: our INVITE until it is answered or refused, with all the dialogs a fork makes, CANCEL,
//!   PRACK (RFC 3262), late 2xx, and whom a 3xx names instead.
//! - [`Incoming`]: an INVITE to us until its ACK, with reliable provisional responses.
//! - [`Session`]: the confirmed dialog: offers both ways by re-INVITE and UPDATE (RFC 3311), glare, session timers,
//!   requests within, BYE.
//!
//! Each is told what came and gives [`Action`]s by `poll`. Whoever drives them adds Via and credentials to
//! requests and puts requests and responses into a [`Layer`](crate::transaction::Layer).
//!
//! Absent: a limit for how long a phone may ring; that is the user's, by [`Outgoing::cancel`].

mod action;
mod early_update;
mod glare;
mod incoming;
mod outgoing;
mod redirect;
mod session;

pub use action::{Action, EndedBy};
pub use glare::glare_delay;
pub use incoming::{Incoming, IncomingEvent};
pub use outgoing::{Answered, FORKS, Outgoing, OutgoingEvent};
pub use session::{Session, SessionEvent, Setup};
