//! Browser to browser, and the echo account: the shells of `gateway::peer` and
//! `gateway::echo`.

mod account;
mod begin;
mod call;
mod connector;
mod echo;

pub use account::start;
#[cfg(test)]
pub use connector::Panic;
pub use connector::{Supervise, WebrtcConnector};
