//! [`Params`]: `;name=value` lists of URIs and headers, in order and as written.

use std::borrow::Cow;
use std::fmt;

use super::grammar::{is_token, quote, split, trim, unquote};
use super::limits;

/// Parameters in order. Names compare without case, values are kept as they were written, quotes
/// and escapes included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// No parameters.
    pub const fn new() -> Params {
        Params(Vec::new())
    }

    /// Reads header parameters, `text` beginning at the first `;` or empty: names are tokens, values
    /// tokens, hosts or quoted strings (RFC 3261 section 25.1 `generic-param`).
    pub(crate) fn parse(text: &str) -> Option<Params> {
        let is_value = |value: &str| match value.starts_with('"') {
            true => unquote(value).is_some(),
            false => !value.is_empty() && !value.contains(['"', '<', '>', ' ', '\t', ',']),
        };
        Params::read(text, is_token, is_value)
    }

    /// Reads parameters whose names and values pass the given tests.
    pub(crate) fn read(text: &str, name_ok: impl Fn(&str) -> bool, value_ok: impl Fn(&str) -> bool) -> Option<Params> {
        if text.is_empty() {
            return Some(Params::new());
        }
        let mut params = Params::new();
        for part in split(text.strip_prefix(';')?, ';')? {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (trim(name), Some(trim(value))),
                None => (part, None),
            };
            if params.0.len() == limits::PARAMS || !name_ok(name) || !value.is_none_or(&value_ok) {
                return None;
            }
            match params.entry(name) {
                // Phones exist that write `;transport=udp` twice; two readers cannot disagree on that.
                Some((_, known)) if known.as_deref() == value => continue,
                Some(_) => return None,
                None => {}
            }
            params.0.push((name.to_owned(), value.map(str::to_owned)));
        }
        Some(params)
    }

    /// Whether it stands there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The value as written; `None` if it is missing or has no value.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.entry(name)?.1.as_deref()
    }

    /// The value without quotes.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let raw = self.raw(name)?;
        Some(unquote(raw).unwrap_or(Cow::Borrowed(raw)))
    }

    /// Sets a value, quoted where it is neither a token nor a host; in place if it was there.
    pub fn set(&mut self, name: &str, value: &str) {
        let plain =
            !value.is_empty() && value.bytes().all(|b| super::grammar::is_token_byte(b) || b"[]:/@".contains(&b));
        self.put(name, Some(if plain { value.to_owned() } else { quote(value) }));
    }

    /// Sets a value that is always quoted.
    pub fn set_quoted(&mut self, name: &str, value: &str) {
        self.put(name, Some(quote(value)));
    }

    /// Sets a parameter without a value.
    pub fn set_flag(&mut self, name: &str) {
        self.put(name, None);
    }

    /// Removes it; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.0.len() != before
    }

    /// Name and value as written, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn put(&mut self, name: &str, value: Option<String>) {
        match self.0.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    fn entry(&self, name: &str) -> Option<&(String, Option<String>)> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_read_in_order_and_found_without_case() {
        let params = Params::parse(";a; B = \"x;y\" ;c=[::1]").unwrap();
        assert_eq!(params.get("b").as_deref(), Some("x;y"));
        assert!(params.has("A") && params.raw("a").is_none());
        assert_eq!(params.to_string(), ";a;B=\"x;y\";c=[::1]");
    }

    #[test]
    fn empty_double_and_broken_ones_are_refused() {
        for bad in [";", ";;", ";a;;b", ";a=", ";a;A=1", ";a=1;a=2", ";a=\"x", "a", ";a b", ";a=b c"] {
            assert_eq!(Params::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_said_twice_is_taken_once() {
        assert_eq!(Params::parse(";transport=udp;transport=udp").unwrap().to_string(), ";transport=udp");
    }

    #[test]
    fn what_is_no_token_is_quoted() {
        let mut params = Params::new();
        params.set("a", "x y");
        params.set("b", "z9hG4bK1");
        params.set("a", "q\"");
        assert_eq!(params.to_string(), ";a=\"q\\\"\";b=z9hG4bK1");
    }
}
