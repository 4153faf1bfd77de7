//! A browser calls the engine itself: the account `echo` answers at once and
//! gives back what it hears and sees. See [`EchoCall`].

mod call;
mod change;
mod io;
mod media;

pub use call::EchoCall;
pub use io::{Input, MediaCommand, MediaEvent, Output};
