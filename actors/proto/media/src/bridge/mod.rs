//! The bridge: a browser leg (WebRTC) and a phone leg (RTP) joined as one call.
//!
//! Both sides are negotiated with whole SDP texts, each by itself. What one side does to its
//! transport (reload, ICE restart, another SSRC, another SIP dialog) is never seen on the other.
//! Its shell is `actors::media::worker`.

mod browser;
mod core;
mod cycle;
mod io;
mod pictures;
mod policy;
mod relay;
mod tap;
mod way;

pub use self::core::Bridge;
pub use cycle::{Input, Output, Setup};
pub use io::{Command, Event, Record, Side};
pub use policy::{PhonePolicy, Srtp};
pub use sdp::Direction;
pub use tap::Heard;
