//! The connector and its upstreams, between accounts without browsers and a registrar of few words.

pub mod config_keys;
mod flows;
pub mod network;
mod outage;
mod registers;
mod requests;
