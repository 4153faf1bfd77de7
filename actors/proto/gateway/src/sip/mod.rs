//! A browser and a phone: one browser leg (`call.*`), one SIP call, one bridge of media between them.
//!
//! [`SipCall`] is the same for both directions. It sends no bytes and knows no transport: the shell adds Via, Route and
//! credentials to requests and carries media commands to a worker.
//!
//! | file | |
//! |---|---|
//! | `io` | what goes in and what comes out |
//! | `call` | the object, its two verbs, its clock |
//! | `dial` | a browser calls: offer, INVITE, forks, early media, the answer |
//! | `ring` | a phone calls: branches, the first accept, CANCEL |
//! | `early` | offers before the answer: UPDATE, reliable responses |
//! | `leg` | what the browser says in an answered call |
//! | `keys` | DTMF, both ways |
//! | `change` | renegotiation by the browser; what of it the phone must know |
//! | `offer` | renegotiation by the phone |
//! | `phone` | one SIP usage: INVITE, then session |
//! | `wire` | which of them a message of the network belongs to |
//! | `talk` | what a session tells |
//! | `transfer` | the browser hands the call on |
//! | `alive` | whether a phone whose media does not show it is still there |
//! | `hand_over` | the phone hands the call on, or is replaced |
//! | `take_over` | a reloaded page claims its leg |
//! | `end` | ends of every kind |
//! | `reasons` | the one table SIP ↔ end reason |
//! | `identity` | who calls, as far as it may be believed and shown |
//! | `media` | commands in flight and what their events are for |
//!
//! Decisions:
//! - `call.ack.accept` goes to the browser that accepted as soon as the 200 is out: waiting for the ACK would only delay
//!   it, and if no ACK ever comes both sides are ended within 32 s anyway.
//! - A browser's change that a phone need not know (ICE restart, device, SSRC) is answered here. A change of direction is
//!   answered at once too, and the phone is told by a re-INVITE as soon as no other offer is open, again after each
//!   491, until it has been told or refuses: so both agree in the end, whatever the interleaving. A phone that refuses,
//!   or puts it off for 45 s, keeps what it has, and the browser is told so (`call.info` with `changeFailed`). Only a
//!   change of the kinds of media holds the browser's answer back until the phone has answered.

mod alive;
mod call;
mod change;
mod dial;
mod early;
mod end;
mod hand_over;
mod identity;
mod io;
mod keys;
mod leg;
mod media;
mod offer;
mod phone;
mod reasons;
mod ring;
mod take_over;
mod talk;
mod transfer;
mod wire;

pub use call::SipCall;
pub use io::*;
