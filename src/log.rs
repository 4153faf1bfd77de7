//! One line an event: time, level, target, the event, then `key=value` pairs.
//!
//! Write events as `log::info!(gcid = gcid.as_str(), reason:% = reason; "call ended")`:
//! the pairs are quoted here, so a value from outside can neither end the line nor
//! look like another pair. Control characters never pass, in the event neither.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use log::kv::{self, Key, Value, VisitSource, VisitValue};
use log::{LevelFilter, Record};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::config::Log;

/// RFC 3339 in UTC, to the millisecond.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// What these libraries tell of themselves is for who asks for them by name; their warnings are for all.
const QUIET: [&str; 3] = ["actix_server", "sea_orm", "sqlx"];

/// Logs to standard error from now on, in the whole process. `RUST_LOG` wins over the configuration.
///
/// Once only; a second call changes nothing.
pub fn init(config: &Log) {
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| config.filter.clone());
    let _ = logger(&filter)
        .format(|out, record| writeln!(out, "{}", Line { now: OffsetDateTime::now_utc(), record }))
        .try_init();
}

fn logger(filter: &str) -> env_logger::Builder {
    let mut logger = env_logger::Builder::new();
    for library in QUIET {
        logger.filter_module(library, LevelFilter::Warn);
    }
    logger.parse_filters(filter);
    logger
}

/// An event as it is written, without the end of the line.
pub struct Line<'a> {
    /// When it happened.
    pub now: OffsetDateTime,
    /// What happened.
    pub record: &'a Record<'a>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = self.now.to_offset(time::UtcOffset::UTC).format(TIME).map_err(|_| fmt::Error)?;
        write!(f, "{now} {:<5} {} ", self.record.level(), self.record.target())?;
        write!(OneLine(f), "{}", self.record.args())?;
        self.record.key_values().visit(&mut Pairs(f)).map_err(|_| fmt::Error)
    }
}

/// Lets everything through but control characters, which it escapes.
struct OneLine<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if is_unsafe(c) { write!(self.0, "{}", c.escape_default())? } else { self.0.write_char(c)? }
        }
        Ok(())
    }
}

/// Ends a line, or turns the reading direction of what follows on a terminal.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

struct Pairs<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl<'kvs> VisitSource<'kvs> for Pairs<'_, '_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let mut there = There(true);
        value.visit(&mut there)?;
        if there.0 {
            write!(self.0, " {key}={}", field(&value.to_string()))?;
        }
        Ok(())
    }
}

/// Whether a value is one: a `None` is left out with its key.
struct There(bool);

impl<'v> VisitValue<'v> for There {
    fn visit_any(&mut self, _: Value<'_>) -> Result<(), kv::Error> {
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.0 = false;
        Ok(())
    }
}

/// `value` as it stands after the `=`: bare if it is one plain word, else quoted and escaped.
pub fn field(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_.:/@+*#[]".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_unsafe(c) => quoted.extend(c.escape_default()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use log::Level;

    use super::*;

    fn line(event: fmt::Arguments<'_>, pairs: &[(&str, &str)]) -> String {
        let record = Record::builder().level(Level::Info).target("actors::call").args(event).key_values(&pairs).build();
        Line { now: OffsetDateTime::UNIX_EPOCH, record: &record }.to_string()
    }

    #[test]
    fn an_event_is_one_line_of_pairs() {
        assert_eq!(
            line(format_args!("call ended"), &[("gcid", "a-1"), ("to", "sip:bob@example.org"), ("detail", "no way")]),
            "1970-01-01T00:00:00.000Z INFO  actors::call call ended gcid=a-1 to=sip:bob@example.org detail=\"no way\""
        );
    }

    #[test]
    fn a_value_cannot_end_the_line_or_add_a_pair() {
        let text = line(format_args!("x\r\ny\u{1b}[2J"), &[("name", "a\r\nadmin=1"), ("b", "x\" gcid=\"2"), ("c", "")]);
        assert!(!text.chars().any(char::is_control), "{text}");
        assert!(text.ends_with(r#"x\r\ny\u{1b}[2J name="a\r\nadmin=1" b="x\" gcid=\"2" c="""#), "{text}");
    }

    #[test]
    fn a_pair_without_a_value_is_left_out() {
        let pairs = [("reason", Value::from("None")), ("detail", Value::null()), ("by_leg", Value::from(true))];
        let record = Record::builder().target("a").args(format_args!("call end")).key_values(&pairs).build();
        let text = Line { now: OffsetDateTime::UNIX_EPOCH, record: &record }.to_string();
        assert!(text.ends_with("a call end reason=None by_leg=true"), "{text}");
    }

    #[test]
    fn libraries_only_warn_unless_they_are_named() {
        let logs = |filter: &str, target: &str| {
            let metadata = log::Metadata::builder().level(Level::Info).target(target).build();
            log::Log::enabled(&logger(filter).build(), &metadata)
        };
        assert!(logs("info", "rtc_engine::server") && !logs("warn", "rtc_engine::server"));
        for library in ["actix_server::builder", "sea_orm_migration::migrator", "sqlx::query"] {
            assert!(!logs("info", library) && !logs("debug,actors=trace", library), "{library}");
        }
        assert!(
            logs("info,sqlx=info", "sqlx::query") && logs("sea_orm_migration=debug", "sea_orm_migration::migrator")
        );
    }

    #[test]
    fn a_name_cannot_turn_the_reading_direction() {
        assert_eq!(field("a\u{202e}b"), "\"a\\u{202e}b\"");
        assert_eq!(field("Zoë-1"), "Zoë-1");
    }
}
