//! Request bodies: JSON objects, each error with its status and field.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, PayloadConfig};
use actix_web::{FromRequest, HttpRequest};
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::error::Category;

use super::error::{ApiError, Code};

/// Largest body.
pub(super) const BODY_BYTES: usize = 64 * 1024;
/// Deepest nesting.
const DEPTH: usize = 32;

/// A JSON object as `T`.
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Body<T>, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            is_json(&request)?;
            let bytes = Bytes::from_request(&request, &mut payload).await.map_err(|error| too_large(&error))?;
            read(&bytes).map(Body)
        })
    }
}

/// The size limit, for the scope's `app_data`.
pub(super) fn limit() -> PayloadConfig {
    PayloadConfig::new(BODY_BYTES)
}

fn too_large(error: &actix_web::Error) -> ApiError {
    match error.as_response_error().status_code() {
        status if status.as_u16() == 413 => {
            ApiError::new(Code::TooLarge, format!("a body may have {BODY_BYTES} bytes"))
        }
        _ => ApiError::new(Code::Malformed, "the body did not arrive whole"),
    }
}

fn is_json(request: &HttpRequest) -> Result<(), ApiError> {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::new(Code::UnsupportedMediaType, "Content-Type: application/json expected"))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let malformed = |message: &str| ApiError::new(Code::Malformed, message);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("UTF-8 text expected"))?;
    if signal::limits::depth(text) > DEPTH {
        return Err(malformed("the JSON text is nested too deeply"));
    }
    if !text.trim_start().starts_with('{') {
        return Err(malformed("a JSON object expected"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| match error.inner().classify() {
        Category::Data => wrong_field(&error.path().to_string(), &error.inner().to_string()),
        Category::Syntax | Category::Eof | Category::Io => malformed("this is not JSON"),
    })?;
    reader.end().map_err(|_| malformed("one JSON object expected, there is more"))?;
    Ok(value)
}

/// 422 without the value that came: it may be a password.
fn wrong_field(path: &str, text: &str) -> ApiError {
    let text = text.rsplit_once(" at line ").map_or(text, |(head, _)| head);
    for start in ["missing field `", "duplicate field `"] {
        if let Some(field) = text.strip_prefix(start) {
            let why = if start.starts_with('m') { "is missing" } else { "is there twice" };
            return ApiError::invalid(field.trim_end_matches('`'), why);
        }
    }
    let expected = match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{expected} expected"),
        None if text.starts_with("UUID") => "a UUID expected".to_owned(),
        None => "another type expected".to_owned(),
    };
    ApiError::invalid(path, expected)
}

/// For `Option<Option<T>>`: `None` not there, `Some(None)` null, `Some(Some(_))` set.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}
