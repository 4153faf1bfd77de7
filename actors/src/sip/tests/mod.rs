//! The connector and its upstreams, between accounts without browsers and a registrar of few words.

mod flows;
pub mod network;
mod registers;
mod requests;
