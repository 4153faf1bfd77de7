//! `[shutdown]`: how the engine ends.

use std::time::Duration;

use super::Invalid;
use super::source::Section;

/// `[shutdown]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// How long running calls may go on after the first signal.
    pub drain: Duration,
}

impl Default for Shutdown {
    fn default() -> Shutdown {
        Shutdown { drain: Duration::from_secs(30) }
    }
}

impl Shutdown {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Shutdown, Invalid> {
        let shutdown = Shutdown { drain: Duration::from_secs(section.number("drain_s", 30, 0..=86_400)?) };
        section.finish()?;
        Ok(shutdown)
    }
}
