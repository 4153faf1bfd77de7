//! `[secrets]`: the key that secrets in the database are encrypted with.

use std::path::PathBuf;

use actors::directory::Secret;

use super::Invalid;
use super::source::Section;
use crate::secrets::is_key;

/// `[secrets]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// The key itself, instead of a file; meant for the environment.
    pub key: Option<Secret>,
    /// Made with mode 0600 at the first start.
    pub key_file: PathBuf,
}

impl Default for Secrets {
    fn default() -> Secrets {
        Secrets { key: None, key_file: "secret.key".into() }
    }
}

impl Secrets {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Secrets, Invalid> {
        let key: Option<Secret> = section.get("key", None)?;
        if key.as_ref().is_some_and(|key| !is_key(key.reveal())) {
            return Err(section.invalid("key", "32 bytes in base64, one key a line"));
        }
        let secrets = Secrets { key, key_file: section.path("key_file", "secret.key")? };
        section.finish()?;
        Ok(secrets)
    }
}
