//! Calls told message by message, in virtual time. A client is a name: `a` calls, `b` and `c`
//! are called. What the core says is compared as text: `b start`, `a end busy`, `a refused wrongState id`.

mod bad;
mod echo;
mod fork;
mod listener;
mod ring;
mod take_over;
mod talk;
