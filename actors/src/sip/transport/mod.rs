//! Every SIP socket, and the transactions over them. The shell of `sip::endpoint`.

mod message;
pub mod resolve;

pub use message::{
    Cancel, Cause, FromNetwork, FromTransport, Local, LocalAddress, Respond, Route, Send, SendAck, Unwatch, Watch,
};
