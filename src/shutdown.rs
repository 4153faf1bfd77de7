//! How the engine ends: it drains, it ends the calls that are left, it closes.
//!
//! ```text
//! serving --stop--> draining --no call left, or drain_s over--> closing --> gone
//! serving --dropped-----------------------------------------> closing
//! ```

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the engine still takes new sessions and calls.
#[derive(Debug, Default)]
pub struct Phase(AtomicBool);

impl Phase {
    /// From now on only what runs already is served.
    pub fn drain(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Phase::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How the engine is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Running calls may go on for `shutdown.drain_s`.
    Drain,
    /// At once.
    Now,
}

/// Waits for SIGTERM or SIGINT; a second one ends the process at once.
///
/// Errors: the system gives no signals.
pub async fn signal() -> std::io::Result<&'static str> {
    let mut signals = Signals::new()?;
    let first = signals.next().await;
    tokio::spawn(async move {
        let second = signals.next().await;
        log::warn!(signal = second; "ended by a second signal");
        std::process::exit(130);
    });
    Ok(first)
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.0.recv() => "SIGTERM",
            _ = self.1.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> &'static str {
        let _ = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}
