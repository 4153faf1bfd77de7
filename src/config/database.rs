//! `[database]`: where provisioning is kept.

use std::path::Path;
use std::time::Duration;

use actors::directory::Secret;

use super::Invalid;
use super::source::Section;

const DEFAULT_URL: &str = "sqlite:rtc-engine.sqlite?mode=rwc";
const CALL_RECORD_DAYS: u64 = 90;
const DAY_S: u64 = 86_400;

/// `[database]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `sqlite:`, `postgres:` or `mysql:`; it may hold a password.
    pub url: Secret,
    /// How long the record of a call is kept after its end; `None`: for ever.
    pub call_record_life: Option<Duration>,
}

impl Default for Database {
    fn default() -> Database {
        Database { url: Secret::new(DEFAULT_URL), call_record_life: days(CALL_RECORD_DAYS) }
    }
}

impl Database {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Database, Invalid> {
        let url = section.get("url", Database::default().url)?;
        let scheme = url.reveal().split_once(':').map_or("", |(scheme, _)| scheme);
        if !["sqlite", "postgres", "postgresql", "mysql", "mariadb"].contains(&scheme) {
            return Err(section.invalid("url", "a URL that begins with sqlite:, postgres: or mysql:"));
        }
        let call_record_life = days(section.number("call_record_days", CALL_RECORD_DAYS, 0..=36_500)?);
        section.finish()?;
        Ok(Database { url: Secret::new(beside(url.reveal(), section.folder())), call_record_life })
    }
}

/// 0 is no end.
fn days(days: u64) -> Option<Duration> {
    (days > 0).then(|| Duration::from_secs(days * DAY_S))
}

/// A relative SQLite path made relative to `folder`.
fn beside(url: &str, folder: &Path) -> String {
    let Some(rest) = url.strip_prefix("sqlite:") else { return url.to_owned() };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.starts_with('/') || path.starts_with(":memory:") || folder.as_os_str().is_empty() {
        return url.to_owned();
    }
    // The URL is percent-decoded when it is opened, so a folder with such characters is encoded first.
    let folder = folder.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{folder}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_sqlite_file_lies_beside_the_configuration() {
        let folder = Path::new("/etc/rtc 50%");
        assert_eq!(beside("sqlite:a.sqlite?mode=rwc", folder), "sqlite:/etc/rtc 50%25/a.sqlite?mode=rwc");
        assert_eq!(beside("sqlite://a.sqlite", folder), "sqlite:/etc/rtc 50%25/a.sqlite");
        assert_eq!(beside("sqlite:///var/a.sqlite", folder), "sqlite:///var/a.sqlite");
        assert_eq!(beside("sqlite::memory:", folder), "sqlite::memory:");
        assert_eq!(beside("postgres://u:p@h/db", folder), "postgres://u:p@h/db");
        assert_eq!(beside("sqlite:a.sqlite", Path::new("")), "sqlite:a.sqlite");
    }
}
