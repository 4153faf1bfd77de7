//! Limits of a message, each with its answer. Over one of them a request is refused as a whole; a response is dropped.
//!
//! | limit | over it |
//! |---|---|
//! | [`MESSAGE_BYTES`], [`HEAD_BYTES`], [`HEADERS`], [`HEADER_BYTES`] | 513; a stream is closed where its next message cannot be found |
//! | [`BODY_BYTES`] | 413, and a stream is closed |
//! | [`URI_BYTES`] | 414 |
//! | [`VALUES`], [`PARAMS`] | 400, if the header or URI is one that must be read |
//! | [`MULTIPART_DEPTH`], [`PARTS`] | 415: the body is none that is understood |
//!
//! How many messages come from one source in a time is the transport's to limit; how many transactions there are,
//! [`Endpoint`](crate::endpoint::Endpoint)'s (503).

/// Largest message in bytes, body included: what one datagram can carry.
pub const MESSAGE_BYTES: usize = 65_535;
/// Largest start line and headers in bytes.
pub const HEAD_BYTES: usize = 32_768;
/// Most headers, each value of a list in one line counted once.
pub const HEADERS: usize = 256;
/// Longest header in bytes, its continuation lines included.
pub const HEADER_BYTES: usize = 8_192;
/// Largest body in bytes; the largest session descriptions have a tenth of it.
pub const BODY_BYTES: usize = 32_768;
/// Longest Request-URI in bytes.
pub const URI_BYTES: usize = 2_048;
/// Most values read from one list header, over all its lines.
pub const VALUES: usize = 128;
/// Most parameters of one URI or header value.
pub const PARAMS: usize = 64;
/// Deepest multipart in a multipart.
pub const MULTIPART_DEPTH: usize = 4;
/// Most parts of one multipart.
pub const PARTS: usize = 32;
