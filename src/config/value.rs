//! The types a key can have, each from TOML and from the text of an environment variable.
//!
//! An empty text stands for "not set" wherever a key is optional.

use std::net::{IpAddr, SocketAddr};

use actors::directory::Secret;
use ipnet::IpNet;
use toml::Value as Toml;

/// A value of the configuration.
pub(super) trait Value: Sized {
    /// Whether an error must not repeat it.
    const SECRET: bool = false;
    /// What must stand there, for the sentence "`key` must be …".
    fn expected() -> String;
    /// From an environment variable.
    fn from_text(text: &str) -> Option<Self>;
    /// From the file; most values are text there.
    fn from_toml(value: &Toml) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }
    /// What an error shows of a text that [`Value::from_text`] refuses.
    fn wrong_text(text: &str) -> String {
        quoted(text)
    }
    /// What an error shows of a value that [`Value::from_toml`] refuses.
    fn wrong_toml(value: &Toml) -> String {
        shown(value)
    }
}

fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

/// `value` as an error shows it: short, on one line.
pub(super) fn shown(value: &Toml) -> String {
    match value {
        Toml::String(text) => quoted(text),
        Toml::Integer(_) | Toml::Float(_) | Toml::Boolean(_) | Toml::Datetime(_) => value.to_string(),
        Toml::Array(_) | Toml::Table(_) => format!("a value of type {}", value.type_str()),
    }
}

impl Value for String {
    fn expected() -> String {
        "a text".into()
    }
    fn from_text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

impl Value for Secret {
    const SECRET: bool = true;
    fn expected() -> String {
        "a text".into()
    }
    fn from_text(text: &str) -> Option<Secret> {
        Some(Secret::new(text))
    }
}

impl Value for u64 {
    fn expected() -> String {
        "a whole number".into()
    }
    fn from_text(text: &str) -> Option<u64> {
        text.parse().ok()
    }
    fn from_toml(value: &Toml) -> Option<u64> {
        value.as_integer()?.try_into().ok()
    }
}

impl Value for SocketAddr {
    fn expected() -> String {
        "an address and port such as \"127.0.0.1:8080\" or \"[::1]:8080\"".into()
    }
    fn from_text(text: &str) -> Option<SocketAddr> {
        text.parse().ok()
    }
}

impl Value for IpAddr {
    fn expected() -> String {
        "an IP address".into()
    }
    fn from_text(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }
}

impl Value for IpNet {
    fn expected() -> String {
        "an IP address or a network such as \"10.0.0.0/8\"".into()
    }
    fn from_text(text: &str) -> Option<IpNet> {
        text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
    }
}

/// Empty is none.
impl<T: Value> Value for Option<T> {
    const SECRET: bool = T::SECRET;
    fn expected() -> String {
        format!("{}, or empty", T::expected())
    }
    fn from_text(text: &str) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { T::from_text(text).map(Some) }
    }
    fn from_toml(value: &Toml) -> Option<Option<T>> {
        if value.as_str() == Some("") { Some(None) } else { T::from_toml(value).map(Some) }
    }
}

/// An array in the file, or one value; separated by commas in the environment. An error shows the first wrong entry.
impl<T: Value> Value for Vec<T> {
    const SECRET: bool = T::SECRET;
    fn expected() -> String {
        format!("a list, each entry {}", T::expected())
    }
    fn from_text(text: &str) -> Option<Vec<T>> {
        entries(text).map(T::from_text).collect()
    }
    fn from_toml(value: &Toml) -> Option<Vec<T>> {
        match value.as_array() {
            Some(entries) => entries.iter().map(T::from_toml).collect(),
            None => T::from_toml(value).map(|entry| vec![entry]),
        }
    }
    fn wrong_text(text: &str) -> String {
        entries(text).find(|entry| T::from_text(entry).is_none()).map_or_else(|| quoted(text), T::wrong_text)
    }
    fn wrong_toml(value: &Toml) -> String {
        let mut entries = value.as_array().into_iter().flatten();
        entries.find(|entry| T::from_toml(entry).is_none()).map_or_else(|| shown(value), T::wrong_toml)
    }
}

/// What stands between the commas.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}
