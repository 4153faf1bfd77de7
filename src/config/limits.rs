//! `[limits]`: how much one socket or account may ask for. Limits that
//! need no tuning are constants beside the code they bound.

use std::time::Duration;

use super::Invalid;
use super::source::Section;

/// `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What the actors hold a socket and an account to.
    pub actors: actors::limits::Limits,
    /// Most HTTP and WebSocket connections a worker thread holds; further ones wait to be accepted.
    pub connections_per_worker: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { actors: actors::limits::Limits::default(), connections_per_worker: 25_000 }
    }
}

impl Limits {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Limits, Invalid> {
        let actors = actors::limits::Limits {
            frame_bytes: section.number("frame_bytes", 262_144, 16_384..=16_777_216)? as usize,
            frame_depth: section.number("frame_depth", 32, 8..=100)? as usize,
            messages_per_s: section.number("messages_per_s", 100, 1..=100_000)? as u32,
            messages_burst: section.number("messages_burst", 300, 1..=1_000_000)? as u32,
            open_timeout: Duration::from_millis(section.number("open_timeout_ms", 5_000, 100..=60_000)?),
            heartbeat: Duration::from_secs(section.number("heartbeat_s", 15, 1..=600)?),
            unopened_sockets: section.number("unopened_sockets", 2_048, 1..=1_000_000)? as usize,
            calls_per_account: section.number("calls_per_account", 16, 1..=100_000)? as usize,
            calls_per_minute: section.number("calls_per_minute", 120, 1..=1_000_000)? as u32,
        };
        let connections_per_worker = section.number("connections_per_worker", 25_000, 16..=1_000_000)? as usize;
        section.finish()?;
        Ok(Limits { actors, connections_per_worker })
    }
}
