//! The media core: what one media peer does with SDP, datagrams and time.

mod event;
pub mod limits;

pub use event::{BadDatagram, Event, Stats};
