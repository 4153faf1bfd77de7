//! Key presses in INFO: `application/dtmf-relay` and `application/dtmf`, as phones and gateways send them where
//! RFC 4733 events are not agreed on. There is no RFC of these bodies; RFC 6086 appendix A tells of their use.

use std::time::Duration;

use crate::message::{MediaType, Request};

/// Shortest and longest press, in ms; others are brought to the nearer one.
pub const PRESS_MS: std::ops::RangeInclusive<u64> = 40..=5_000;
/// What a body without a duration means.
pub const USUAL_PRESS: Duration = Duration::from_millis(160);
/// Longest body that is looked at, in bytes.
const BODY_BYTES: usize = 256;

/// One key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// `0`-`9`, `*`, `#`, `A`-`D`.
    key: char,
    /// How long the key is held.
    pub duration: Duration,
}

impl Press {
    /// A key that exists, in any case; `None` for others.
    pub fn new(key: char, duration: Duration) -> Option<Press> {
        let key = key.to_ascii_uppercase();
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(*PRESS_MS.start(), *PRESS_MS.end());
        matches!(key, '0'..='9' | '*' | '#' | 'A'..='D').then_some(Press { key, duration: Duration::from_millis(ms) })
    }

    /// The key.
    pub fn key(self) -> char {
        self.key
    }

    /// The body of an INFO.
    pub fn body(self) -> (MediaType, Vec<u8>) {
        let kind = MediaType { kind: "application".into(), subtype: "dtmf-relay".into(), params: Default::default() };
        (kind, format!("Signal={}\r\nDuration={}\r\n", self.key, self.duration.as_millis()).into_bytes())
    }

    /// Reads an INFO. `None`: it is about something else, or cannot be read; answer 415 or 400.
    pub fn of_info(request: &Request) -> Option<Press> {
        let kind = request.headers.content_type().ok().flatten()?;
        let body = request.body().get(..BODY_BYTES.min(request.body().len()))?;
        let text = std::str::from_utf8(body).ok().filter(|text| text.len() == request.body().len())?;
        match () {
            () if kind.is("application/dtmf-relay") => Press::of_relay(text),
            () if kind.is("application/dtmf") => Press::new(number_or_key(text.trim())?, USUAL_PRESS),
            () => None,
        }
    }

    fn of_relay(text: &str) -> Option<Press> {
        let value = |wanted: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('='));
            lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
        };
        let duration = value("Duration").and_then(|ms| ms.parse().ok()).map_or(USUAL_PRESS, Duration::from_millis);
        Press::new(number_or_key(value("Signal")?)?, duration)
    }
}

/// Some send event numbers (RFC 4733 section 3.2) instead of keys: 10 is `*`, 11 is `#`, 12 to 15 are `A` to `D`.
fn number_or_key(text: &str) -> Option<char> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(key), None) => Some(key),
        _ => match text {
            "10" => Some('*'),
            "11" => Some('#'),
            "12" => Some('A'),
            "13" => Some('B'),
            "14" => Some('C'),
            "15" => Some('D'),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::samples::request;

    fn info(kind: &str, body: &str) -> Option<Press> {
        let mut info = request("INFO");
        info.set_body(&MediaType::parse(kind).unwrap(), body.as_bytes().to_vec());
        Press::of_info(&info)
    }

    #[test]
    fn presses_are_written_and_read() {
        for key in "0123456789*#ABCD".chars() {
            let press = Press::new(key, Duration::from_millis(250)).unwrap();
            let (kind, body) = press.body();
            assert_eq!(info(&kind.to_string(), std::str::from_utf8(&body).unwrap()), Some(press));
        }
    }

    #[test]
    fn what_phones_send_is_read() {
        let read = |kind, body| info(kind, body).map(|press| (press.key(), press.duration.as_millis()));
        assert_eq!(read("application/dtmf-relay", "Signal= 5\nDuration= 9"), Some(('5', 40)));
        assert_eq!(read("application/dtmf-relay", "signal=11"), Some(('#', 160)));
        assert_eq!(read("application/dtmf", "d"), Some(('D', 160)));
        for (kind, body) in [
            ("application/dtmf-relay", "Duration=100"),
            ("application/dtmf-relay", "Signal=x"),
            ("application/dtmf", ""),
            ("application/dtmf", "16"),
            ("text/plain", "5"),
            ("application/dtmf", &"5".repeat(300)),
        ] {
            assert_eq!(read(kind, body), None, "{body}");
        }
    }
}
