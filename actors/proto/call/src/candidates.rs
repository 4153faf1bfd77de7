//! Candidates that came before the description they belong to.

use signal::call::CandidateBody;
use signal::{Code, Error};

/// Most candidates kept (`limitExceeded`). A browser with many interfaces, TCP and TURN gathers about 40.
pub const COUNT: usize = 128;
/// Most bytes of payload kept (`limitExceeded`).
pub const BYTES: usize = 64 * 1024;

/// A bounded queue, in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    held: Vec<CandidateBody>,
    bytes: usize,
}

impl Candidates {
    /// Keeps `candidate`, whose payload has `bytes` bytes.
    ///
    /// Errors: `limitExceeded`; what is held stays.
    pub fn push(&mut self, candidate: CandidateBody, bytes: usize) -> Result<(), Error> {
        if self.held.len() >= COUNT || self.bytes + bytes > BYTES {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("candidate: at most {COUNT} before the accept expected"),
            ));
        }
        self.bytes += bytes;
        self.held.push(candidate);
        Ok(())
    }

    /// What is held; it stays.
    pub fn iter(&self) -> impl Iterator<Item = &CandidateBody> {
        self.held.iter()
    }

    /// What is held; nothing stays.
    #[must_use]
    pub fn take(&mut self) -> Vec<CandidateBody> {
        self.bytes = 0;
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate() -> CandidateBody {
        CandidateBody { kind: "WEBRTC_LEGACY".into(), payload: "{}".into() }
    }

    #[test]
    fn count_and_bytes_are_bounded() {
        let mut many = Candidates::default();
        (0..COUNT).for_each(|_| many.push(candidate(), 2).unwrap());
        assert_eq!(many.push(candidate(), 2).unwrap_err().code, Code::LimitExceeded);
        assert_eq!(many.iter().count(), COUNT);
        let mut large = Candidates::default();
        large.push(candidate(), BYTES).unwrap();
        assert!(large.push(candidate(), 1).is_err());
        assert_eq!(large.take().len(), 1);
        large.push(candidate(), BYTES).unwrap();
    }
}
