//! What a provisioning client is told when a request cannot be done: the one table of REST codes.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use sea_orm::{DbErr, RuntimeErr, SqlErr, SqlxError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::secrets::Unreadable;

/// The realm that clients of the original expect.
const REALM: &str = "Basic realm=\"rtcengine\"";
/// What a client is told to wait while the database is away, in seconds.
const DATABASE_RETRY_S: u64 = 5;

/// The codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// 400: not JSON, or not an object, or nested too deeply.
    Malformed,
    /// 401: who are you?
    Unauthorized,
    /// 403: not with these rights.
    Forbidden,
    /// 403: a quota of the app is used up.
    QuotaExceeded,
    /// 404: no such object among those the caller sees.
    NotFound,
    /// 405: the path does not know the verb.
    MethodNotAllowed,
    /// 409: another object is in the way.
    Conflict,
    /// 413: over the size limit.
    TooLarge,
    /// 415: not `application/json`.
    UnsupportedMediaType,
    /// 422: a field is missing, of the wrong type or out of range.
    InvalidField,
    /// 429: later.
    TooManyRequests,
    /// 500: a fault of the engine's own.
    InternalError,
    /// 503: the database is away.
    Unavailable,
}

/// The body of every answer of 400 and above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The machine's word.
    pub code: Code,
    /// The human's: what is wrong, and what was expected.
    pub message: String,
    /// Path of the field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds to wait.
    #[serde(skip)]
    pub retry_after_s: Option<u64>,
}

impl ApiError {
    /// An error with `code` and its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> ApiError {
        ApiError { code, message: message.into(), field: None, retry_after_s: None }
    }

    /// 404, the same for what does not exist and what is someone else's.
    pub fn not_found() -> ApiError {
        ApiError::new(Code::NotFound, "no such object")
    }

    /// 422: `field` is not `expected`.
    pub fn invalid(field: &str, expected: impl std::fmt::Display) -> ApiError {
        ApiError { field: Some(field.to_owned()), ..ApiError::new(Code::InvalidField, format!("{field}: {expected}")) }
    }

    /// 409: `field` must be unique.
    pub fn conflict(field: &str) -> ApiError {
        ApiError {
            field: Some(field.to_owned()),
            ..ApiError::new(Code::Conflict, format!("{field}: is taken already"))
        }
    }

    /// 429 for `seconds`.
    pub fn wait(seconds: u64, message: &str) -> ApiError {
        ApiError { retry_after_s: Some(seconds), ..ApiError::new(Code::TooManyRequests, message) }
    }

    /// 500; `cause` goes to the log only.
    pub fn fault(cause: impl std::fmt::Display) -> ApiError {
        log::error!(cause:% = cause; "api: fault");
        ApiError::new(Code::InternalError, "the engine could not do this; its log says why")
    }
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> ApiError {
        match (&error, error.sql_err()) {
            (_, Some(SqlErr::UniqueConstraintViolation(_))) => {
                ApiError::new(Code::Conflict, "such an object exists already")
            }
            (_, Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
                ApiError::new(Code::Conflict, "an object this one needs is gone")
            }
            _ if is_away(&error) => {
                log::error!(cause:% = error; "api: database away");
                let away = ApiError::new(Code::Unavailable, "the database cannot be reached");
                ApiError { retry_after_s: Some(DATABASE_RETRY_S), ..away }
            }
            _ => ApiError::fault(error),
        }
    }
}

/// Whether the database could not be asked, or went away while it was.
fn is_away(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            matches!(**error, SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed)
        }
        _ => false,
    }
}

impl From<Unreadable> for ApiError {
    fn from(error: Unreadable) -> ApiError {
        ApiError::fault(error)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self.code {
            Code::Malformed => StatusCode::BAD_REQUEST,
            Code::Unauthorized => StatusCode::UNAUTHORIZED,
            Code::Forbidden | Code::QuotaExceeded => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::Conflict => StatusCode::CONFLICT,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::InvalidField => StatusCode::UNPROCESSABLE_ENTITY,
            Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Code::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.code == Code::Unauthorized {
            response.insert_header((WWW_AUTHENTICATE, REALM));
        }
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        response.json(self)
    }
}

/// Names the field that a uniqueness rule of the table guards.
pub(super) trait Unique<T> {
    /// 409 on `field` where the row is not unique.
    fn unique(self, field: &str) -> Result<T, ApiError>;
}

impl<T> Unique<T> for Result<T, DbErr> {
    fn unique(self, field: &str) -> Result<T, ApiError> {
        self.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => ApiError::conflict(field),
            _ => error.into(),
        })
    }
}
