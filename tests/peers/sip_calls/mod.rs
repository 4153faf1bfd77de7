//! A page and phones call each other through the engine and a registrar.

mod accounts;
mod calls;
mod dtls;
mod faults;
mod media;
mod story;
mod transfers;
