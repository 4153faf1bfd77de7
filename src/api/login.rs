//! Who is asking: the `Authorization` header against the users and keys.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use actix_web::http::header::HeaderValue;
use actix_web::web;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use entities::{api_key, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::Semaphore;

use super::caller::Caller;
use super::error::{ApiError, Code};
use super::state::Api;
use super::throttle::Throttle;
use crate::secrets::verify_password;

/// Failed log-ins a source has in a minute.
const FAILURES: u32 = 10;
/// Password checks at a time: each takes 19 MiB and a core.
const CHECKS: usize = 2;
/// Most log-ins remembered as right.
const KNOWN: usize = 1024;
/// Longest header, e-mail or password looked at, in bytes.
const HEADER_BYTES: usize = 2048;

/// What log-ins share.
pub(super) struct Login {
    throttle: Throttle,
    checks: Semaphore,
    /// Keyed hashes of e-mail, password and stored hash that were right: clients send
    /// Basic with every request, and a changed password changes the stored hash.
    known: Mutex<HashSet<Vec<u8>>>,
}

impl Default for Login {
    fn default() -> Login {
        Login { throttle: Throttle::new(FAILURES), checks: Semaphore::new(CHECKS), known: Mutex::default() }
    }
}

/// The caller behind `header`, asking from `source`.
///
/// Errors: 401 with the realm; 429 after too many failures of the source.
pub(super) async fn log_in(api: &Api, header: Option<&HeaderValue>, source: IpAddr) -> Result<Caller, ApiError> {
    let text = header.and_then(|value| value.to_str().ok()).filter(|text| text.len() <= HEADER_BYTES);
    let Some((scheme, credentials)) = text.and_then(|text| text.split_once(' ')) else { return Err(unauthorized()) };
    if scheme.eq_ignore_ascii_case("basic") {
        basic(api, credentials.trim(), source).await
    } else if scheme.eq_ignore_ascii_case("bearer") {
        bearer(api, credentials.trim(), source).await
    } else {
        Err(unauthorized())
    }
}

/// RFC 7617: base64 of `user:password`.
async fn basic(api: &Api, credentials: &str, source: IpAddr) -> Result<Caller, ApiError> {
    let decoded = BASE64_STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((email, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return Err(unauthorized());
    };
    if email.contains('\0') {
        return Err(unauthorized());
    }
    let email = email.to_lowercase();
    let user = user::Entity::find().filter(user::Column::Email.eq(&email)).one(api.db()).await?;
    let stored = user.as_ref().map(|user| user.password.clone());
    let proof = api.secrets().hash(&format!("login\0{email}\0{password}\0{}", stored.as_deref().unwrap_or_default()));
    if !api.login.knows(&proof) {
        check(api, password.to_owned(), stored, source).await?;
        api.login.remember(proof);
    }
    user.map(|user| Caller::user(&user)).ok_or_else(unauthorized)
}

async fn check(api: &Api, password: String, stored: Option<String>, source: IpAddr) -> Result<(), ApiError> {
    api.login.attempt(source)?;
    let _permit = api.login.checks.acquire().await.map_err(ApiError::fault)?;
    let right = web::block(move || verify_password(&password, stored.as_deref())).await.map_err(ApiError::fault)?;
    if !right {
        log::warn!(source:% = source; "api: wrong log-in");
        return Err(unauthorized());
    }
    api.login.throttle.succeeded(source);
    Ok(())
}

/// RFC 6750: a key made by `POST /keys`.
async fn bearer(api: &Api, key: &str, source: IpAddr) -> Result<Caller, ApiError> {
    let hashes = api.secrets().hashes(key);
    let row = api_key::Entity::find().filter(api_key::Column::Hash.is_in(hashes));
    match row.find_also_related(user::Entity).one(api.db()).await? {
        Some((key, Some(owner))) => Ok(Caller::key(&key, &owner)),
        Some((_, None)) | None => {
            api.login.attempt(source)?;
            Err(unauthorized())
        }
    }
}

impl Login {
    fn attempt(&self, source: IpAddr) -> Result<(), ApiError> {
        let wait = |seconds| ApiError::wait(seconds, "too many failed log-ins from your address");
        self.throttle.attempt(source, Instant::now()).map_err(wait)
    }

    fn knows(&self, proof: &[u8]) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(proof)
    }

    fn remember(&self, proof: Vec<u8>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(proof);
    }
}

fn unauthorized() -> ApiError {
    ApiError::new(Code::Unauthorized, "log in with e-mail and password (Basic) or with an API key (Bearer)")
}
