//! Rules for the fields of accounts.

use uuid::Uuid;

use crate::api::check;
use crate::api::error::ApiError;
use crate::api::state::Api;

/// Longest identifier, in characters.
const IDENTIFIER_CHARS: usize = 512;
/// Longest accessToken, in bytes; sealed it fits its column.
const ACCESS_TOKEN_BYTES: usize = 4096;

/// `sip:user@domain`, `xmpp:user@domain`, or a bare user name.
pub(super) fn identifier(value: String) -> Result<String, ApiError> {
    check::word("identifier", &value, IDENTIFIER_CHARS)?;
    Ok(value)
}

/// Seals the accessToken of the account `id`; an empty one is none.
pub(super) fn access_token(api: &Api, id: Uuid, text: Option<String>) -> Result<Option<Vec<u8>>, ApiError> {
    match text {
        Some(text) if text.len() > ACCESS_TOKEN_BYTES => {
            Err(ApiError::invalid("accessToken", format!("at most {ACCESS_TOKEN_BYTES} bytes expected")))
        }
        Some(text) if text.chars().any(char::is_control) => {
            Err(ApiError::invalid("accessToken", "no control characters expected"))
        }
        Some(text) if !text.is_empty() => Ok(Some(api.secrets().seal("account.access_token", id, &text)?)),
        Some(_) | None => Ok(None),
    }
}
