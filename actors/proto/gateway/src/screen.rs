//! What a browser says of its addresses, checked before the far end sees it.

use sdp::{AddressPolicy, Description};
use signal::call::{Candidate, CandidateInit, Start};
use signal::{Code, Error};

/// Reads a description.
///
/// Errors: `invalidField` or `tooLarge`, naming `sdp` and the line.
pub(crate) fn read(text: &str) -> Result<Description, Error> {
    Description::parse(text).map_err(|error| match error {
        sdp::Error::TooLarge => Error::new(Code::TooLarge, format!("sdp: {error}")),
        sdp::Error::TooManyLines
        | sdp::Error::TooManySections
        | sdp::Error::Line { .. }
        | sdp::Error::Candidate { .. } => Error::new(Code::InvalidField, format!("sdp: {error}")),
    })
}

/// Whether `start` can become a call: an offer that can be read, now or later.
///
/// Errors: as [`read`].
pub(crate) fn start(start: &Start) -> Result<(), Error> {
    match &start.sdp {
        Some(text) => read(text).map(drop),
        None if start.trickle => Err(Error::field("sdp", "an offer")),
        None => Ok(()),
    }
}

/// Whether nothing has to be waited for: candidates trickle, or are there already.
pub(crate) fn is_whole(start: &Start) -> bool {
    let has_candidates = |text: &String| read(text).is_ok_and(|sdp| sdp.has_candidates());
    start.trickle || start.sdp.as_ref().is_some_and(has_candidates)
}

/// The description without what `policy` forbids.
///
/// Errors: as [`read`].
pub(crate) fn description(text: &str, policy: &AddressPolicy) -> Result<String, Error> {
    let mut description = read(text)?;
    description.restrict(policy);
    Ok(description.to_string())
}

/// The candidate if it may go on; `None` for a type that is not in use and for an address that
/// `policy` forbids: the browser did nothing wrong, the far end just never hears of it.
///
/// Errors: `invalidField`, naming the field.
pub(crate) fn candidate(message: &Candidate, policy: &AddressPolicy) -> Result<Option<CandidateInit>, Error> {
    let Some(init) = message.init()? else { return Ok(None) };
    if init.is_end() {
        return Ok(Some(init));
    }
    sdp::Candidate::parse(&init.candidate)
        .map_err(|error| Error::new(Code::InvalidField, format!("candidate.payload.{error}")))?;
    Ok(policy.permits_candidate(&init.candidate).then_some(init))
}
