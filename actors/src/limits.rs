//! Every limit of the actors, with its unit and what happens past it. The wire's own are in `signal::limits`.

use std::time::Duration;

/// Limits an operator may set (`[limits]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest frame of an open session, in bytes: `tooLarge`.
    pub frame_bytes: usize,
    /// Deepest nesting of a frame of an open session: `tooDeep`.
    pub frame_depth: usize,
    /// Frames a second a socket may send on average: `rateLimited`, and the frame is dropped.
    pub messages_per_s: u32,
    /// Frames it may send at once.
    pub messages_burst: u32,
    /// Time a socket has for `session.open`: close code 4408.
    pub open_timeout: Duration,
    /// Pings go out this often; a socket silent for twice as long is closed.
    pub heartbeat: Duration,
    /// Most sockets without an open session over the whole engine: 503.
    pub unopened_sockets: usize,
    /// Most calls of one account that run or ring at a time: `limitExceeded`.
    pub calls_per_account: usize,
    /// Calls a session may begin a minute: `rateLimited`.
    pub calls_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            frame_bytes: 256 * 1024,
            frame_depth: 32,
            messages_per_s: 100,
            messages_burst: 300,
            open_timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(15),
            unopened_sockets: 2048,
            calls_per_account: 16,
            calls_per_minute: 120,
        }
    }
}

/// Largest first frame of a socket, in bytes.
pub const OPEN_BYTES: usize = 8 * 1024;
/// Bytes a socket may send until its session is open: room to say that the first frame is too large. Then it is cut off.
pub const EARLY_BYTES: usize = 4 * OPEN_BYTES;
/// Deepest nesting of the first frame.
pub const OPEN_DEPTH: usize = 16;
/// Frames dropped for `rateLimited` before the socket is closed with 4429.
pub const FLOOD_FRAMES: u32 = 2_000;
/// Frames kept for a resume, a device.
pub const OUTBOX_FRAMES: usize = 512;
/// Bytes kept for a resume, a device.
pub const OUTBOX_BYTES: usize = 512 * 1024;
/// Frames that may wait for one socket; past that the reader is too slow and is cut off.
pub const SOCKET_MAILBOX: usize = 512;
/// Bytes of frames that may wait for one socket; past that it is cut off as well. More than a resume replays.
pub const SOCKET_BYTES: usize = 2 * 1024 * 1024;
/// Frames that may wait for a B2BUA or a call: `rateLimited`.
pub const ACTOR_MAILBOX: usize = 256;
/// Messages that may wait for a router, registry or connector: `rateLimited`.
pub const LANE_MAILBOX: usize = 65_536;
/// Ended calls an account remembers, so that a late message is told from a wrong one.
pub const ENDED_CALLS: usize = 64;
/// Most legs of one call on one account: devices that ring, and pages that were reloaded. `limitExceeded`.
pub const LEGS_PER_CALL: usize = 64;
/// Calls that the phones of one call may have its account make, by REFER and 3xx: further ones are declined.
pub const REFERRALS_PER_CALL: usize = 10;
/// Calls the trace remembers.
pub const TRACE_CALLS: usize = 1_000;
/// Events the trace remembers of one call.
pub const TRACE_EVENTS: usize = 256;
/// REGISTERs one registrar is sent at a time; the others wait for their turn.
pub const REGISTERS_PER_REGISTRAR: usize = 32;
