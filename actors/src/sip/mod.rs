//! SIP: browsers and phones. The shells of `gateway::sip` and `sip::endpoint`.

mod begin;
mod bridge;
mod call;
pub mod io;
mod number;
mod uplink;
mod wire;

pub use begin::{start_incoming, start_outgoing};
pub use call::SipCall;
pub use number::{Dialled, Targets, dial};
pub use uplink::Uplink;
pub use wire::Wire;

pub mod transport;
