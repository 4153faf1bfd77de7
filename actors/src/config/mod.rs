//! The `config` of a network and its accounts: which keys each connector knows,
//! the type of each, and typed readers for the keys actors act on.
//!
//! Unknown keys are kept and ignored; a known key of the wrong type or value is
//! refused by [`check`] at provisioning, so the readers take defaults for what is left.

mod any;
mod conference;
mod key;
mod merge;
mod number;
mod sip;
mod webrtc;
mod xmpp;

pub use any::{Common, default_capabilities};
pub use key::{Invalid, check};
pub use merge::merge;
pub use number::{NumberRule, rewrite};
pub use sip::{Dtmf, Sip, Tls};
pub use webrtc::Webrtc;

#[cfg(test)]
mod tests;
