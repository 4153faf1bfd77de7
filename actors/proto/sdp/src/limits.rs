//! Limits of a description. Over one of them it is refused as a whole.

/// Largest description in bytes.
pub const BYTES: usize = 64 * 1024;
/// Most lines.
pub const LINES: usize = 4096;
/// Longest line in bytes, without its end.
pub const LINE_BYTES: usize = 4096;
/// Most `m=` sections, rejected ones included.
pub const SECTIONS: usize = 64;
/// Longest candidate attribute in bytes.
pub const CANDIDATE_BYTES: usize = 1024;
