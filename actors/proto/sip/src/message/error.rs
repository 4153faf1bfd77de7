//! What is wrong with a message. No text quotes the input.

use super::name::Name;
use super::{limits, status::Status};

/// A header that is missing or not of its grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {expected} expected")]
pub struct FieldError {
    /// Which header.
    pub name: Name,
    /// What the grammar asks for.
    pub expected: &'static str,
}

impl FieldError {
    pub(crate) fn new(name: Name, expected: &'static str) -> FieldError {
        FieldError { name, expected }
    }
}

/// Why bytes are no message that may be acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Over [`limits::MESSAGE_BYTES`].
    #[error("at most {} bytes expected", limits::MESSAGE_BYTES)]
    TooLarge,
    /// Over [`limits::BODY_BYTES`].
    #[error("a body of at most {} bytes expected", limits::BODY_BYTES)]
    BodyTooLarge,
    /// Over [`limits::URI_BYTES`].
    #[error("a Request-URI of at most {} bytes expected", limits::URI_BYTES)]
    UriTooLong,
    /// Over [`limits::HEADERS`].
    #[error("at most {} headers expected", limits::HEADERS)]
    TooManyHeaders,
    /// Over [`limits::HEADER_BYTES`].
    #[error("at most {} bytes a header expected", limits::HEADER_BYTES)]
    HeaderTooLarge,
    /// Neither a request line nor a status line.
    #[error("start line: {0} expected")]
    StartLine(&'static str),
    /// Not `SIP/2.0`.
    #[error("version SIP/2.0 expected")]
    Version,
    /// A line is not `name: value`, or holds a CR without LF.
    #[error("header line {0}: name, colon, value expected")]
    HeaderLine(usize),
    /// The empty line after the headers is missing.
    #[error("an empty line after the headers expected")]
    NoEnd,
    /// A header that everything depends on.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The method of the request line is not that of CSeq.
    #[error("CSeq: the method of the request expected")]
    MethodMismatch,
    /// Less body than Content-Length announces.
    #[error("Content-Length: no more than the bytes that came expected")]
    Truncated,
}

impl Error {
    /// Which status answers a request that is wrong in this way.
    pub fn status(&self) -> Status {
        match self {
            Error::TooLarge | Error::TooManyHeaders | Error::HeaderTooLarge => Status::MESSAGE_TOO_LARGE,
            Error::BodyTooLarge => Status::BODY_TOO_LARGE,
            Error::UriTooLong => Status::URI_TOO_LONG,
            Error::Version => Status::VERSION_NOT_SUPPORTED,
            Error::StartLine(_)
            | Error::HeaderLine(_)
            | Error::NoEnd
            | Error::Field(_)
            | Error::MethodMismatch
            | Error::Truncated => Status::BAD_REQUEST,
        }
    }
}
