//! The fields that `POST` and `PATCH` share: what is there is set, null unsets.

use actix_web::http::Uri;
use entities::app;
use sea_orm::ActiveValue::Set;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::Quotas;
use crate::api::body::present;
use crate::api::caller::Caller;
use crate::api::check::{self, NAME_CHARS};
use crate::api::error::ApiError;
use crate::api::state::Api;

/// Longest `secret` and `apiKey`, in characters; sealed they fit their column.
const SECRET_CHARS: usize = 400;
/// Most sessions or accounts a quota may allow.
const QUOTA: i32 = 10_000_000;
/// Most devices or calls of one session a quota may allow.
const SESSION_QUOTA: i32 = 10_000;
/// A year.
const LIFETIME_S: i32 = 31_536_000;
/// Most allowed origins.
const ORIGINS: usize = 64;

/// The fields of an app.
#[derive(Default, Deserialize, ToSchema)]
pub struct AppFields {
    /// For people. `POST` wants it.
    name: Option<String>,
    /// Where it runs. `POST` wants it.
    domain: Option<String>,
    /// `POST` only: the caller where it is not there.
    pub(super) owner: Option<Uuid>,
    /// The owner's note.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    secret: Option<Option<String>>,
    /// The owner's note.
    #[serde(default, rename = "apiKey", deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    api_key: Option<Option<String>>,
    /// Admins only: all four at once; one that is missing is unset.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Quotas>)]
    quotas: Option<Option<Quotas>>,
    /// `scheme://host[:port]`, as a browser's `Origin` has it.
    #[serde(default, rename = "allowedOrigins", deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    allowed_origins: Option<Option<Vec<String>>>,
    /// Seconds.
    #[serde(default, rename = "sessionLifetime", deserialize_with = "present")]
    #[schema(value_type = Option<i32>)]
    session_lifetime_s: Option<Option<i32>>,
}

impl AppFields {
    /// 422 where a field is missing that every app has.
    pub(super) fn complete(&self) -> Result<(), ApiError> {
        match (&self.name, &self.domain) {
            (None, _) => Err(ApiError::invalid("name", "is missing")),
            (_, None) => Err(ApiError::invalid("domain", "is missing")),
            (Some(_), Some(_)) => Ok(()),
        }
    }

    /// 403 where a field is there that is not the caller's to set: quotas are the provider's.
    pub(super) fn allowed(&self, caller: &Caller) -> Result<(), ApiError> {
        self.quotas.map_or(Ok(()), |_| caller.sets("quotas"))
    }

    /// Puts the fields into `row`, the app `id`.
    pub(super) fn apply(self, api: &Api, id: Uuid, row: &mut app::ActiveModel) -> Result<(), ApiError> {
        if let Some(name) = self.name {
            check::text("name", &name, NAME_CHARS)?;
            row.name = Set(name);
        }
        if let Some(domain) = self.domain {
            check::text("domain", &domain, NAME_CHARS)?;
            row.domain = Set(domain);
        }
        if let Some(secret) = self.secret {
            row.secret = Set(seal(api, id, "secret", "app.secret", secret)?);
        }
        if let Some(api_key) = self.api_key {
            row.api_key = Set(seal(api, id, "apiKey", "app.api_key", api_key)?);
        }
        if let Some(quotas) = self.quotas {
            set_quotas(quotas.unwrap_or_default(), row)?;
        }
        if let Some(origins) = self.allowed_origins {
            row.allowed_origins = Set(origins.map(origins_json).transpose()?);
        }
        if let Some(lifetime_s) = self.session_lifetime_s {
            row.session_lifetime_s = Set(check::number("sessionLifetime", lifetime_s, 60, LIFETIME_S)?);
        }
        Ok(())
    }
}

fn seal(api: &Api, id: Uuid, field: &str, place: &str, text: Option<String>) -> Result<Option<Vec<u8>>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    check::text(field, &text, SECRET_CHARS)?;
    Ok(Some(api.secrets().seal(place, id, &text)?))
}

fn set_quotas(quotas: Quotas, row: &mut app::ActiveModel) -> Result<(), ApiError> {
    row.max_sessions = Set(check::number("quotas.sessions", quotas.sessions, 0, QUOTA)?);
    row.max_accounts = Set(check::number("quotas.accounts", quotas.accounts, 0, QUOTA)?);
    row.max_devices = Set(check::number("quotas.devices", quotas.devices, 1, SESSION_QUOTA)?);
    row.max_calls = Set(check::number("quotas.calls", quotas.calls, 0, SESSION_QUOTA)?);
    Ok(())
}

fn origins_json(origins: Vec<String>) -> Result<sea_orm::JsonValue, ApiError> {
    if origins.len() > ORIGINS {
        return Err(ApiError::invalid("allowedOrigins", format!("at most {ORIGINS} expected")));
    }
    for (i, origin) in origins.iter().enumerate() {
        if !is_origin(origin) {
            let field = format!("allowedOrigins[{i}]");
            return Err(ApiError::invalid(&field, "scheme://host or scheme://host:port expected"));
        }
    }
    Ok(origins.into())
}

/// RFC 6454 section 6.2.
fn is_origin(text: &str) -> bool {
    let scheme = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let authority = |uri: Uri| uri.authority().map(|a| a.as_str().to_owned());
    scheme.is_some_and(|host| !host.contains(['@', '/', '?', '#']))
        && text.parse().ok().and_then(authority).is_some_and(|authority| text.ends_with(&authority))
}
