//! `POST /demo/session`: a name for a token.

use std::time::Instant;

use actix_web::{HttpRequest, Responder, web};
use entities::{account, app, session};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::local::is_local;
use super::objects::{BROWSERS, DEMO_USER, PHONES, make_room, ready};
use crate::api::body::Body;
use crate::api::error::{ApiError, Code};
use crate::api::link::source;
use crate::api::state::{Api, ApiState};
use crate::api::{accounts, sessions};

/// Sign-ins a source has in a minute where the demo is open to everybody.
pub(in crate::api) const SIGN_INS: u32 = 30;
/// Longest name, in characters.
const NAME_CHARS: usize = 64;
/// Answered by the engine itself.
const RESERVED: &str = "echo";

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// 1 to 64 of the letters A-Z and a-z, digits, `.`, `_` and `-`; not `echo`.
    name: String,
}

/// What `session.open` takes.
#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    /// The session's token.
    token: String,
}

/// A fresh session with an account of that bare name among browsers, and of `sip:name@engine` for phones of this machine
/// where they can reach the engine.
pub(in crate::api) async fn sign_in(
    api: ApiState,
    request: HttpRequest,
    Body(SignIn { name }): Body<SignIn>,
) -> Result<impl Responder, ApiError> {
    let allowed = api.options.demo_enabled.unwrap_or_else(|| is_local(&request));
    if !allowed {
        let message =
            "demo sign-in is open to pages of this machine with no proxy in front, or where [demo] enabled is true";
        return Err(ApiError::new(Code::Forbidden, message));
    }
    let name = checked(name)?;
    if api.options.demo_enabled == Some(true) {
        let source = source(&request, &api.options.trusted_proxies);
        let wait = |seconds| ApiError::wait(seconds, "too many sign-ins from your address");
        api.sign_ins.attempt(source, Instant::now()).map_err(wait)?;
    }
    Ok(web::Json(SignedIn { token: session_of(&api, &name).await? }))
}

fn checked(name: String) -> Result<String, ApiError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > NAME_CHARS || !name.chars().all(legal) {
        let expected = format!("1 to {NAME_CHARS} letters, digits, '.', '_' or '-' expected");
        return Err(ApiError::invalid("name", expected));
    }
    if name.eq_ignore_ascii_case(RESERVED) {
        return Err(ApiError::invalid("name", "echo is the engine's own: dial it"));
    }
    Ok(name)
}

async fn session_of(api: &Api, name: &str) -> Result<String, ApiError> {
    let mut places = vec![(&BROWSERS, name.to_owned())];
    places.extend(phone_of(api, name).map(|address| (&PHONES, address)));
    let app = ready(api, &places.iter().map(|(place, _)| *place).collect::<Vec<_>>()).await?;
    let (session, token) = insert(api, &app).await?;
    for (place, identifier) in places {
        let row = account::ActiveModel {
            id: Set(Uuid::new_v4()),
            session: Set(session.id),
            network: Set(place.id),
            owner: Set(DEMO_USER),
            identifier: Set(identifier),
            access_token: Set(None),
            config: Set("{}".to_owned()),
            config_is_text: Set(false),
            created: Set(OffsetDateTime::now_utc()),
        };
        accounts::insert(api, &session, row).await?;
    }
    Ok(token)
}

/// The SIP address of `name`. A phone of this machine is as good as a page of it; where the demo is open to everybody,
/// nobody is to call through the engine what listens on its machine.
fn phone_of(api: &Api, name: &str) -> Option<String> {
    let address = api.options.demo_phones.filter(|_| api.options.demo_enabled.is_none())?;
    Some(format!("sip:{name}@{address}"))
}

/// A session; where there are as many as there may be, in the place of idle ones.
async fn insert(api: &Api, app: &app::Model) -> Result<(session::Model, String), ApiError> {
    match sessions::insert(api, app, DEMO_USER).await {
        Err(full) if full.code == Code::QuotaExceeded => {
            make_room(api).await?;
            sessions::insert(api, app, DEMO_USER).await
        }
        done => done,
    }
}
