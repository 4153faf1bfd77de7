//! SIP: browsers and phones. The shells of `gateway::sip` and `sip::endpoint`.

pub mod io;
mod number;
mod uplink;
mod wire;

pub use number::{Dialled, dial};
pub use uplink::Uplink;
pub use wire::Wire;
