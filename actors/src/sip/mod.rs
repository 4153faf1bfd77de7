//! SIP: browsers and phones. The shells of `gateway::sip` and `sip::endpoint`.

mod account;
mod begin;
mod binding;
mod bridge;
mod call;
mod connector;
mod dispatch;
mod inbound;
pub mod io;
mod leaving;
mod listen;
mod number;
mod provider;
mod registrars;
mod roster;
mod standing;
mod switchboard;
#[cfg(test)]
pub(crate) mod tests;
pub mod transport;
mod trunk;
mod uplink;
mod upstream;
mod way;
mod wire;

pub use ::sip::transport::Protocol;
pub use account::start;
pub use begin::{start_incoming, start_outgoing};
pub use call::SipCall;
#[cfg(test)]
pub use connector::{KillUpstreams, Panic};
pub use connector::{Leave, SipConnector, Supervise, fresh};
pub use listen::listen;
pub use number::{Dialled, Targets, dial};
pub use switchboard::Switchboard;
pub use uplink::Uplink;
pub use wire::Wire;
