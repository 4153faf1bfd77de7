//! A browser's socket: in order each way, slow, sometimes away, sometimes for good.

use signal::call::Call;

/// What travels or fires.
#[derive(Debug)]
pub enum Event {
    /// From browser `at` to the engine.
    Up(usize, Call),
    /// From the engine to browser `at`.
    Down(usize, Call),
    /// A timer of browser `at`; stale ones are known by their generation.
    Timer(usize, Timer),
    /// The core's wake-up; stale ones do no harm.
    Wake,
    /// The script.
    Fault(super::script::Fault),
}

/// A browser's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The user reacts to a ringing call.
    React,
    /// The change makes no progress.
    Stuck(u64),
    /// The next attempt to change.
    Ask(u64),
    /// The answer to an offer is ready.
    Answer(u64),
}

/// One browser's socket.
#[derive(Debug, Default)]
pub struct Socket {
    pub away_until: u64,
    pub gone: bool,
    last_up: u64,
    last_down: u64,
}

impl Socket {
    /// When something sent at `now` arrives above.
    pub fn up(&mut self, now: u64, latency: u64) -> u64 {
        self.last_up = self.last_up.max(now + latency);
        self.last_up
    }

    /// When something sent at `now` arrives below.
    pub fn down(&mut self, now: u64, latency: u64) -> u64 {
        self.last_down = self.last_down.max(now + latency);
        self.last_down
    }
}
