//! What calls and their B2BUAs have alike, whichever connector serves them: the legs, the desk of an account,
//! what its clients ask for, whom a call rings.

mod b2bua;
mod begin;
mod desk;
mod guard;
mod legs;
mod ringing;
mod shell;
mod starter;
mod targets;
mod unserved;
mod verdict;

pub use b2bua::{Ask, B2bua};
pub use desk::Desk;
pub use legs::{AskPhone, AskRoom, FromLeg, LegInput, Legs, Route, end_of};
pub use ringing::{Ring, Ringing, Rings};
pub use shell::Shell;
pub use starter::account_starter;
pub use targets::{allowed, fits};
pub use verdict::verdict;
