//! The far end of one RTCPeerConnection (RFC 8829): transport, negotiation and time, without a
//! word on what is done with the media. The echo and the browser's side of a bridge stand on it.

mod negotiate;
mod order;
mod shell;
mod stream;

pub(crate) use negotiate::Wanted;
pub(crate) use order::{prefer, without_video};
pub(crate) use shell::{Leg, LegOutput};
pub(crate) use stream::{Format, Sound, request_keyframe, send, source_of, stream_of, write};
