//! How long a call waits for what.

use std::time::Duration;

/// The bounds of a call in time. The defaults are those of the protocol document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Nobody answered: `noAnswer`.
    pub ring: Duration,
    /// With `trickle:false`: how long the whole description is waited for.
    pub full_sdp: Duration,
    /// A renegotiation without progress is reset.
    pub change: Duration,
    /// `call.accept` without `call.ack.accept` ends the call with `timeout`.
    /// Longer than a lost socket may take to come back.
    pub ack_accept: Duration,
    /// `call.end` without `call.ack.end`: the leg is forgotten.
    pub ack_end: Duration,
    /// The far end of a leg that was taken over does not agree to the new description: `mediaFailed`.
    pub take_over: Duration,
    /// The engine's own media path is down: `connectionLost`.
    pub media_lost: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            ring: Duration::from_secs(60),
            full_sdp: Duration::from_secs(5),
            change: Duration::from_secs(5),
            ack_accept: Duration::from_secs(40),
            ack_end: Duration::from_secs(5),
            take_over: Duration::from_secs(60),
            media_lost: Duration::from_secs(30),
        }
    }
}
