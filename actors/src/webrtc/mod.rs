//! Browser to browser, and the echo account: the shells of `gateway::peer` and
//! `gateway::echo`.

mod account;
mod begin;
mod call;
mod connector;
mod desk;
mod echo;
mod guard;
mod legs;
mod starter;
mod targets;
mod unserved;

#[cfg(test)]
pub use connector::Panic;
pub use connector::{Supervise, WebrtcConnector};
pub use starter::account_starter;
