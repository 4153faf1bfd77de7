//! Calls between virtual browsers and virtual phones, through the engine's SIP gateway.

mod in_a_row;
mod phone;
mod relayed;
mod rows;
mod speech;
mod switchboard;

pub use phone::Phone;
pub use rows::measure;
pub use switchboard::Dialled;
