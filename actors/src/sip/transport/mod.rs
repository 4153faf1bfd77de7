//! Every SIP socket, and the transactions over them. The shell of `sip::endpoint`.

mod flood;
mod limits;
mod message;
pub mod resolve;
mod stream;
mod tls;
mod trace;
mod udp;

pub use limits::Limits;
pub use message::{
    Cancel, Cause, FromNetwork, FromTransport, Local, LocalAddress, Respond, Route, Send, SendAck, Unwatch, Watch,
};
