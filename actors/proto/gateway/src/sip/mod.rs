//! A browser and a phone: one browser leg (`call.*`), one SIP call, one bridge of media between them.
//!
//! What goes in and what comes out; the call itself follows.

mod io;

pub use io::*;
