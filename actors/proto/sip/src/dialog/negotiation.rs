//! [`Negotiation`]: the offer/answer state of a dialog (RFC 3264, RFC 6337 section 2).
//!
//! ```text
//!              send offer                    receive offer
//!   ┌─────────────────────── Stable ─────────────────────────┐
//!   V                         ▲  ▲                           V
//!  OfferSent ──receive answer─┘  └──────send answer── OfferReceived
//!       └──────── refused ────────── refused ────────────────┘
//! ```
//!
//! Which messages may carry them is the business of `invite`.

use crate::message::Status;

/// What the next session description of a side would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owed {
    /// Nothing is owed: it would be an offer.
    Nothing,
    /// The other side owes us an answer.
    ToUs,
    /// We owe the other side an answer.
    ByUs,
}

/// An offer that came at the wrong time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Both sides offered: 491 (RFC 3261 section 14.2, RFC 3311 section 5.2).
    Glare,
    /// The last offer is not answered yet: 500 with Retry-After of 0 to 10 s.
    Again,
}

impl Refusal {
    /// How the request is answered.
    pub fn status(self) -> Status {
        match self {
            Refusal::Glare => Status::REQUEST_PENDING,
            Refusal::Again => Status::SERVER_INTERNAL_ERROR,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Stable,
    OfferSent,
    OfferReceived,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Negotiation {
    state: State,
    /// Whether an offer was ever answered.
    agreed: bool,
}

impl Negotiation {
    /// Nothing was said yet.
    pub fn new() -> Negotiation {
        Negotiation::default()
    }

    /// Who owes an answer.
    pub fn owed(&self) -> Owed {
        match self.state {
            State::Stable => Owed::Nothing,
            State::OfferSent => Owed::ToUs,
            State::OfferReceived => Owed::ByUs,
        }
    }

    /// Whether both sides agreed on something once.
    pub fn has_agreed(&self) -> bool {
        self.agreed
    }

    /// We send a description: an answer if one is owed, else an offer. `false`: it must not be sent now.
    pub fn send(&mut self) -> bool {
        match self.state {
            State::Stable => self.state = State::OfferSent,
            State::OfferReceived => self.agree(),
            State::OfferSent => return false,
        }
        true
    }

    /// An offer came.
    ///
    /// Errors: [`Refusal`].
    pub fn receive_offer(&mut self) -> Result<(), Refusal> {
        match self.state {
            State::Stable => {
                self.state = State::OfferReceived;
                Ok(())
            }
            State::OfferSent => Err(Refusal::Glare),
            State::OfferReceived => Err(Refusal::Again),
        }
    }

    /// An answer came; `false`: none is owed, so it is to be ignored. The description in a 2xx after a reliable
    /// 1xx with the answer is such a repetition (RFC 6337 section 3.1.1).
    pub fn receive_answer(&mut self) -> bool {
        match self.state {
            State::OfferSent => {
                self.agree();
                true
            }
            State::Stable | State::OfferReceived => false,
        }
    }

    /// The offer was refused, or its request failed: what was agreed before holds (RFC 3261 section 14.1).
    pub fn refuse(&mut self) {
        self.state = State::Stable;
    }

    fn agree(&mut self) {
        (self.state, self.agreed) = (State::Stable, true);
    }
}

#[cfg(test)]
mod tests;
