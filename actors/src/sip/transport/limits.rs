//! Limits of the transport, each with its unit and what happens past it.

use std::time::Duration;

/// See the module.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Transactions at a time: 503, and [`Cause::Full`](super::Cause::Full).
    pub transactions: usize,
    /// Connections at a time: further ones are closed at once.
    pub connections: usize,
    /// Connections of one address at a time.
    pub connections_per_source: usize,
    /// Messages that wait to be written to one connection: it is closed.
    pub write_queue: usize,
    /// Longest time to connect, TLS included.
    pub connect: Duration,
    /// Longest time until an accepted connection has said anything whole.
    pub half_open: Duration,
    /// How long a connection that nobody watches may be silent.
    pub idle: Duration,
    /// How long one hop may stay silent while there are others (RFC 3263 section 4.3 leaves it open).
    pub hop: Duration,
    /// How long a hop that failed comes last.
    pub dead: Duration,
    /// How long a stream may take to answer a keep-alive (RFC 5626 section 4.4.1).
    pub pong: Duration,
    /// Requests out of dialogs a second from one address; past that they are dropped.
    pub requests_per_s: u32,
    /// Such requests at once.
    pub requests_burst: u32,
    /// Malformed messages a second from one address that are answered.
    pub malformed_per_s: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            transactions: 65_536,
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
