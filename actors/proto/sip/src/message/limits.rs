//! Limits of a message. Over one of them it is refused as a whole.

/// Largest message in bytes, body included: what one datagram can carry.
pub const MESSAGE_BYTES: usize = 65_535;
/// Largest start line and headers in bytes.
pub const HEAD_BYTES: usize = 32_768;
/// Most headers, each value of a list in one line counted once.
pub const HEADERS: usize = 256;
/// Longest header in bytes, its continuation lines included.
pub const HEADER_BYTES: usize = 8_192;
/// Most values read from one list header, over all its lines.
pub const VALUES: usize = 128;
/// Deepest multipart in a multipart.
pub const MULTIPART_DEPTH: usize = 4;
/// Most parts of one multipart.
pub const PARTS: usize = 32;
