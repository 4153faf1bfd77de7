//! Why a description or a candidate is refused. No message quotes the input.

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Over [`limits::BYTES`](crate::limits::BYTES).
    #[error("at most {} bytes expected", crate::limits::BYTES)]
    TooLarge,
    /// Over [`limits::LINES`](crate::limits::LINES).
    #[error("at most {} lines expected", crate::limits::LINES)]
    TooManyLines,
    /// Over [`limits::SECTIONS`](crate::limits::SECTIONS).
    #[error("at most {} m= lines expected", crate::limits::SECTIONS)]
    TooManySections,
    /// A line is not what the grammar says.
    #[error("line {line}: {expected} expected")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What the grammar says.
        expected: &'static str,
    },
    /// A candidate is not what RFC 8839 says.
    #[error("candidate: {expected} expected")]
    Candidate {
        /// What the grammar says.
        expected: &'static str,
    },
}
