//! [`Versions`]: the `o=` line of our descriptions over the life of a dialog.

use crate::plain::Session;

/// Numbers our descriptions: the version goes up by one when the text changes and only
/// then (RFC 3264 section 8).
#[derive(Clone, Debug)]
pub struct Versions {
    id: u64,
    version: u64,
    last: Option<Session>,
}

impl Versions {
    /// `id` is the `<sess-id>`, random and below 2^63 for readers with signed numbers.
    pub fn new(id: u64) -> Versions {
        Versions { id: id >> 1, version: 1, last: None }
    }

    /// Numbers `session` and writes it.
    pub fn write(&mut self, session: &Session) -> String {
        if self.last.as_ref().is_some_and(|last| last != session) {
            self.version += 1;
        }
        self.last = Some(session.clone());
        session.write(self.id, self.version)
    }
}
