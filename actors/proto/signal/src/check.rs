//! Checks beyond types. Every body has one, beside its type; the rules several
//! bodies share are here.

use crate::{Code, Error, limits};

/// What a body from a client must satisfy besides its types.
pub trait Check {
    /// The first rule that is broken, naming the field.
    ///
    /// Errors: `invalidField`, `tooLarge`, `limitExceeded`.
    fn check(&self) -> Result<(), Error>;
}

/// Text of at most `max` characters, none of them a control character: it ends
/// in SIP headers, log lines and call records.
///
/// Errors: `invalidField`.
pub fn text(field: &str, text: &str, max: usize) -> Result<(), Error> {
    if text.len() > max && text.chars().count() > max {
        return Err(Error::field(field, &format!("at most {max} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::field(field, "text without control characters"));
    }
    Ok(())
}

/// [`text`] with at least one character.
///
/// Errors: `invalidField`.
pub fn name(field: &str, value: &str, max: usize) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::field(field, &format!("1 to {max} characters")));
    }
    text(field, value, max)
}

/// [`text`] where the field is given at all.
///
/// Errors: `invalidField`.
pub fn optional(field: &str, value: Option<&str>, max: usize) -> Result<(), Error> {
    value.map_or(Ok(()), |value| text(field, value, max))
}

/// A session description by its size alone; the crate `sdp` reads it.
///
/// Errors: `tooLarge`.
pub fn sdp(sdp: &str) -> Result<(), Error> {
    bytes("sdp", sdp.len(), limits::SDP_BYTES)
}

/// At most `max` bytes.
///
/// Errors: `tooLarge`.
pub fn bytes(field: &str, len: usize, max: usize) -> Result<(), Error> {
    if len > max {
        return Err(Error::new(Code::TooLarge, format!("{field}: at most {max} bytes expected")));
    }
    Ok(())
}

/// At most `max` entries.
///
/// Errors: `limitExceeded`.
pub fn count(field: &str, len: usize, max: usize) -> Result<(), Error> {
    if len > max {
        return Err(Error::new(Code::LimitExceeded, format!("{field}: at most {max} entries expected")));
    }
    Ok(())
}

impl<T: Check> Check for Box<T> {
    fn check(&self) -> Result<(), Error> {
        T::check(self)
    }
}
