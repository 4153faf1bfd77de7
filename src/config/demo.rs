//! `[demo]`: sign-in by name alone.

use toml::Value as Toml;

use super::Invalid;
use super::source::Section;
use super::value::Value;

/// `[demo]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demo {
    /// Who may sign in.
    pub enabled: SignIn,
}

/// Who may sign in to the demo by a name alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// Requests from this machine that no proxy has passed on; where `http.trusted_proxies` is set this is read as
    /// `Nobody`.
    #[default]
    Loopback,
    /// Everybody.
    Everyone,
    /// Nobody.
    Nobody,
}

impl Value for SignIn {
    fn expected() -> String {
        "true, false or \"loopback\"".into()
    }
    fn from_text(text: &str) -> Option<SignIn> {
        match text {
            "loopback" => Some(SignIn::Loopback),
            "true" => Some(SignIn::Everyone),
            "false" => Some(SignIn::Nobody),
            _ => None,
        }
    }
    fn from_toml(value: &Toml) -> Option<SignIn> {
        match value {
            Toml::Boolean(true) => Some(SignIn::Everyone),
            Toml::Boolean(false) => Some(SignIn::Nobody),
            other => SignIn::from_text(other.as_str()?),
        }
    }
}

impl Demo {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Demo, Invalid> {
        let demo = Demo { enabled: section.get("enabled", SignIn::default())? };
        section.finish()?;
        Ok(demo)
    }
}
