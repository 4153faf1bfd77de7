//! The connector and its upstreams, between accounts without browsers and a registrar of few words.

mod flows;
mod network;
mod registers;
mod requests;
