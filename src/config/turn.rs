//! `[turn]`: the STUN and TURN servers that browsers are told.

use std::time::Duration;

use actors::directory::Secret;

use super::Invalid;
use super::source::Section;

/// `[turn]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// `stun:`, `turn:` or `turns:` URIs (RFC 7064, RFC 7065).
    pub urls: Vec<String>,
    /// coturn's `static-auth-secret`; credentials are minted from it.
    pub secret: Option<Secret>,
    /// Life of a minted credential.
    pub ttl: Duration,
}

impl Default for Turn {
    fn default() -> Turn {
        Turn { urls: Vec::new(), secret: None, ttl: Duration::from_secs(3600) }
    }
}

impl Turn {
    pub(super) fn read(section: &mut Section<'_>) -> Result<Turn, Invalid> {
        let turn = Turn {
            urls: section.get("urls", Vec::new())?,
            secret: section.get("secret", None)?,
            ttl: Duration::from_secs(section.number("ttl_s", 3600, 60..=86_400)?),
        };
        if !turn.urls.iter().all(|url| ["stun:", "stuns:", "turn:", "turns:"].iter().any(|it| url.starts_with(it))) {
            return Err(section.invalid("urls", "a list of stun:, turn: or turns: URIs"));
        }
        if turn.secret.is_none() && turn.urls.iter().any(|url| url.starts_with("turn")) {
            return Err(section.invalid("secret", "set where `turn.urls` names a TURN server"));
        }
        section.finish()?;
        Ok(turn)
    }
}
