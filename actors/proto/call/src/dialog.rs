//! The life of one leg (protocol section 5).
//!
//! ```text
//!            call.start
//!                │
//!         ┌──────▼──────┐ alive, ringing, progress
//!         │   Calling   ├──────┐ (callee →)
//!         │             │◄─────┘
//!         └──────┬──────┘
//!                │ accept (callee →)
//!         ┌──────▼──────┐
//!         │  Accepted   │  bound: ack.accept
//!         └──────┬──────┘
//!                │ ack.accept (caller →)
//!         ┌──────▼──────┐
//!         │ Established │
//!         └──────┬──────┘
//!                │                        from every state above:
//!   end (engine →)          end (browser →), answered by ack.end
//!         ┌──────▼──────┐          ┌──────────┐
//!         │   Ending    ├─────────►│   Over   │
//!         └──────┬──────┘          └──────────┘
//!                │      ack.end, or the browser's own end that crossed ours
//!                └─► GivenUp: as Over, after the bound; late words of the browser are not wrong
//! ```

use std::time::Instant;

use signal::{Code, Error};

use crate::Party;

/// What the browser of a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It sent `call.start`; the engine is the callee.
    Caller,
    /// It got `call.start`; the engine is the caller.
    Callee,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling,
    Accepted,
    Established,
    Ending,
    /// Nobody confirmed our end in time; what the browser said meanwhile may still come.
    GivenUp,
    Over,
}

/// What to do with a `call.end` of the browser's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It ends the leg: confirm, and tell the far end.
    Now,
    /// It crossed ours: confirm, nothing more.
    Crossed,
    /// The leg is over already: the end was repeated.
    Before,
}

/// One leg's state machine; see the module for the diagram.
#[derive(Clone, Debug)]
pub struct Dialog {
    role: Role,
    state: State,
    deadline: Option<Instant>,
}

impl Dialog {
    /// A leg whose `call.start` has just come or gone.
    pub fn new(role: Role) -> Dialog {
        Dialog { role, state: State::Calling, deadline: None }
    }

    /// What the browser is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Not accepted yet, not ending.
    pub fn is_calling(&self) -> bool {
        self.state == State::Calling
    }

    /// Accepted and acknowledged, not ending.
    pub fn is_established(&self) -> bool {
        self.state == State::Established
    }

    /// Neither ending nor over.
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Calling | State::Accepted | State::Established)
    }

    /// Whether it was answered; decides what an unknown end reason means.
    pub fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted | State::Established)
    }

    /// Whether the leg may be forgotten.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over | State::GivenUp)
    }

    /// Whether the browser knows that the leg is over: then a further message is wrong, else it crossed our end.
    pub fn is_settled(&self) -> bool {
        self.state == State::Over
    }

    /// When [`Dialog::expire`] is to be called.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// `call.alive`, `call.ringing` or `call.progress`.
    ///
    /// Errors: `wrongState` from a caller or after the accept.
    pub fn provisional(&mut self, by: Party) -> Result<(), Error> {
        self.expect(State::Calling, by, Role::Callee, "a called leg that is not accepted yet")
    }

    /// `call.accept`; unless `call.ack.accept` comes by `until`, the leg expires.
    ///
    /// Errors: `wrongState` from a caller or a second time.
    pub fn accept(&mut self, by: Party, until: Instant) -> Result<(), Error> {
        self.expect(State::Calling, by, Role::Callee, "a called leg that is not accepted yet")?;
        self.enter(State::Accepted, Some(until));
        Ok(())
    }

    /// `call.ack.accept`.
    ///
    /// Errors: `wrongState` from a callee, before the accept, or a second time.
    pub fn ack_accept(&mut self, by: Party) -> Result<(), Error> {
        self.expect(State::Accepted, by, Role::Caller, "a calling leg that has just been accepted")?;
        self.enter(State::Established, None);
        Ok(())
    }

    /// A message that belongs into an established call.
    ///
    /// Errors: `wrongState` before or after.
    pub fn established(&self) -> Result<(), Error> {
        match self.state {
            State::Established => Ok(()),
            State::Calling | State::Accepted | State::Ending | State::GivenUp | State::Over => {
                Err(wrong("an established call"))
            }
        }
    }

    /// The engine's `call.end`; `false` if the leg was ending already and nothing is to be sent.
    pub fn end(&mut self, until: Instant) -> bool {
        let live = self.is_live();
        if live {
            self.enter(State::Ending, Some(until));
        }
        live
    }

    /// The browser's `call.end`.
    pub fn on_end(&mut self) -> Ended {
        let ended = match self.state {
            State::Calling | State::Accepted | State::Established => Ended::Now,
            State::Ending | State::GivenUp => Ended::Crossed,
            State::Over => Ended::Before,
        };
        self.enter(State::Over, None);
        ended
    }

    /// The browser's `call.ack.end`: never answered, never wrong. In a leg that is not ending it says nothing.
    pub fn on_ack_end(&mut self) {
        if matches!(self.state, State::Ending | State::GivenUp) {
            self.enter(State::Over, None);
        }
    }

    /// The client is gone: nothing will be confirmed.
    pub fn lose(&mut self) {
        self.enter(State::Over, None);
    }

    /// Whether the bound of the state has passed. A leg that was ending is over then;
    /// an accepted one is left to the caller of this to end.
    pub fn expire(&mut self, now: Instant) -> bool {
        let due = self.deadline.is_some_and(|deadline| deadline <= now);
        if due {
            self.deadline = None;
        }
        if due && self.state == State::Ending {
            self.enter(State::GivenUp, None);
        }
        due
    }

    fn expect(&self, state: State, by: Party, role: Role, expected: &str) -> Result<(), Error> {
        let sender = match (by, self.role) {
            (Party::Browser, role) => role,
            (Party::Engine, Role::Caller) => Role::Callee,
            (Party::Engine, Role::Callee) => Role::Caller,
        };
        if self.state == state && sender == role { Ok(()) } else { Err(wrong(expected)) }
    }

    fn enter(&mut self, state: State, deadline: Option<Instant>) {
        self.state = state;
        self.deadline = deadline;
    }
}

fn wrong(expected: &str) -> Error {
    Error::new(Code::WrongState, format!("id: {expected} expected"))
}

#[cfg(test)]
mod tests;
