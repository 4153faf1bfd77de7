//! Limits of the transport, each with its unit and what happens past it.

use std::time::Duration;

#[cfg(doc)]
use sip::transaction::Room;

/// See the module.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Transactions at a time: 503, and [`Cause::Full`](super::Cause::Full). Whose they may be: [`Room::shared`].
    pub transactions: usize,
    /// Requests under way of one owner, which is a call or an upstream: [`Cause::Full`](super::Cause::Full). The last
    /// quarter is for what ends a call.
    pub requests_per_owner: usize,
    /// Connections at a time, those accepted and those made each: for a further one that is closed which is silent for
    /// longest, of the source that has most, unless somebody watches it.
    pub connections: usize,
    /// Connections of one [`network`](sip::transport::network) at a time.
    pub connections_per_source: usize,
    /// Messages that wait to be written to one connection: it is closed.
    pub write_queue: usize,
    /// Longest time to connect, TLS included.
    pub connect: Duration,
    /// Longest time until an accepted connection has said a whole request or response.
    pub half_open: Duration,
    /// How long a connection that nobody watches may be silent.
    pub idle: Duration,
    /// How long one hop may stay silent while there are others (RFC 3263 section 4.3 leaves it open).
    pub hop: Duration,
    /// How long a hop that failed comes last.
    pub dead: Duration,
    /// How long a stream may take to answer a keep-alive (RFC 5626 section 4.4.1).
    pub pong: Duration,
    /// Requests and keep-alives a second from one [`network`](sip::transport::network), but for those of dialogs and
    /// transactions that are known; past that they are dropped.
    pub requests_per_s: u32,
    /// Such requests at once.
    pub requests_burst: u32,
    /// Requests a second of one dialog that is known, copies of one request, and responses to one of ours; past that they are dropped.
    pub known_per_s: u32,
    /// As many of them at once.
    pub known_burst: u32,
    /// Malformed messages a second from one [`network`](sip::transport::network) that are answered.
    pub malformed_per_s: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            transactions: 65_536,
            requests_per_owner: 128,
            connections: 4_096,
            connections_per_source: 256,
            write_queue: 256,
            connect: Duration::from_secs(5),
            half_open: Duration::from_secs(10),
            idle: Duration::from_secs(1_800),
            hop: Duration::from_secs(4),
            dead: Duration::from_secs(30),
            pong: Duration::from_secs(10),
            requests_per_s: 500,
            requests_burst: 2_000,
            known_per_s: 20,
            known_burst: 200,
            malformed_per_s: 10,
        }
    }
}

impl Limits {
    /// How often silence is looked for: a fraction of what it is about.
    pub(super) fn tick(&self) -> Duration {
        let least = self.pong.min(self.half_open).min(self.idle);
        (least / 4).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}
