//! `[session]`: how long sessions last.

use std::time::Duration;

use super::Invalid;
use super::source::Section;

/// `[session]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// How long a lost socket's calls wait for it.
    pub resume_grace: Duration,
    /// Life of a session whose app does not say; slides while it is connected.
    pub ttl: Duration,
}

impl Default for Session {
    fn default() -> Session {
        Session { resume_grace: Duration::from_secs(30), ttl: Duration::from_secs(24 * 3600) }
    }
}

impl Session {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Session, Invalid> {
        let session = Session {
            resume_grace: Duration::from_millis(section.number("resume_grace_ms", 30_000, 0..=600_000)?),
            ttl: Duration::from_secs(section.number("ttl_s", 86_400, 60..=31_536_000)?),
        };
        section.finish()?;
        Ok(session)
    }
}
