//! SIP: browsers and phones. The shells of `gateway::sip` and `sip::endpoint`.

mod number;

pub use number::{Dialled, dial};
