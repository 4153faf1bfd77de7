//! [`Party`]: who of the two ends said it.

/// The two ends of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The client.
    Browser,
    /// We, on behalf of whoever is behind us.
    Engine,
}

impl Party {
    /// The other end.
    #[must_use]
    pub fn other(self) -> Party {
        match self {
            Party::Browser => Party::Engine,
            Party::Engine => Party::Browser,
        }
    }
}
