//! `[log]`: what is logged.

use super::Invalid;
use super::source::Section;

const DEFAULT_FILTER: &str = "info";

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// As `RUST_LOG`, which lies over it: `info,sip::transaction=trace`. Of what libraries tell of
    /// themselves only warnings are logged, unless they are named.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Log {
        Log { filter: DEFAULT_FILTER.into() }
    }
}

impl Log {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Log, Invalid> {
        let log = Log { filter: section.get("filter", Log::default().filter)? };
        if env_filter::Builder::new().try_parse(&log.filter).is_err() || !has_levels(&log.filter) {
            return Err(section.invalid("filter", "a level or a list such as \"info,sip=debug\""));
        }
        section.finish()?;
        Ok(log)
    }
}

/// Whether each word is a level or has one: a lone word would be taken as the only module that is logged.
fn has_levels(filter: &str) -> bool {
    let directives = filter.split('/').next().unwrap_or_default();
    let mut words = directives.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.all(|word| word.contains('=') || word.parse::<log::LevelFilter>().is_ok())
}
