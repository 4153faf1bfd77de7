//! Rules for fields that several resources have. Each gives 422 naming the field.

use actors::config;
use serde_json::{Map, Value};
use signal::Connector;

use super::error::ApiError;

/// Longest name, domain and the like, in characters.
pub(super) const NAME_CHARS: usize = 255;

/// Text of 1 to `chars` characters without control characters.
pub(super) fn text(field: &str, text: &str, chars: usize) -> Result<(), ApiError> {
    if !text.is_empty() && text.chars().count() <= chars && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(ApiError::invalid(field, format!("1 to {chars} characters without control characters expected")))
}

/// Text as above, but without blanks.
pub(super) fn word(field: &str, word: &str, chars: usize) -> Result<(), ApiError> {
    text(field, word, chars)?;
    if word.chars().any(char::is_whitespace) { Err(ApiError::invalid(field, "no blanks expected")) } else { Ok(()) }
}

/// An e-mail address, in lower case. A colon would end it in Basic.
pub(super) fn email(field: &str, value: &str) -> Result<String, ApiError> {
    word(field, value, 254)?;
    let parts = value.rsplit_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
    match parts {
        Some(_) if !value.contains(':') => Ok(value.to_lowercase()),
        Some(_) | None => Err(ApiError::invalid(field, "an e-mail address expected")),
    }
}

/// A number from `min` to `max`.
pub(super) fn number(field: &str, number: Option<i32>, min: i32, max: i32) -> Result<Option<i32>, ApiError> {
    match number {
        Some(n) if !(min..=max).contains(&n) => Err(ApiError::invalid(field, format!("{min} to {max} expected"))),
        number => Ok(number),
    }
}

/// A `config` as it came: an object, or JSON text of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Config {
    /// What is stored.
    pub text: String,
    /// Whether it goes back as text.
    pub is_text: bool,
}

/// Reads `config` and checks the keys of `connector` in it; nothing and null are `{}`.
pub(super) fn config(connector: Connector, value: Option<Value>) -> Result<Config, ApiError> {
    let invalid = || ApiError::invalid("config", "a JSON object, or JSON text of one, expected");
    let (map, text, is_text) = match value.unwrap_or_default() {
        Value::Null => (Map::new(), "{}".to_owned(), false),
        Value::Object(map) => (map.clone(), Value::Object(map).to_string(), false),
        Value::String(text) if text.trim().is_empty() => (Map::new(), text, true),
        Value::String(text) if signal::limits::depth(&text) > 32 => return Err(invalid()),
        Value::String(text) => (serde_json::from_str(&text).map_err(|_| invalid())?, text, true),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => return Err(invalid()),
    };
    keys(connector, &map)?;
    Ok(Config { text, is_text })
}

/// Checks keys of `connector`; the field is `config.` and the key's path.
pub(super) fn keys(connector: Connector, map: &Map<String, Value>) -> Result<(), ApiError> {
    config::check(connector, map)
        .map_err(|wrong| ApiError::invalid(&format!("config.{}", wrong.key), format!("{} expected", wrong.expected)))
}

/// The keys of a stored `config`.
pub(super) fn stored(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

/// What `config` was when it came.
pub(super) fn config_as_it_came(text: &str, is_text: bool) -> Value {
    if is_text { Value::String(text.to_owned()) } else { serde_json::from_str(text).unwrap_or_default() }
}
