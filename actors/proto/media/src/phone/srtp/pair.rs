//! [`Pair`]: both directions of one stream.

use super::incoming::Incoming;
use super::keys::Master;
use super::outgoing::Outgoing;

/// Keys of ours that are kept: a key that comes back goes on where it stopped, as no index
/// may be used twice under it (RFC 3711 section 9.1).
const KEPT: usize = 8;

/// The contexts in force.
#[derive(Debug)]
pub struct Pair {
    /// The one in force is the last.
    outgoing: Vec<Outgoing>,
    incoming: Incoming,
}

impl Pair {
    /// Takes the keys agreed on, with the counters of `old` for those that are the same.
    /// `None` when the crypto library refuses a key, or when more than eight of ours were in use.
    pub fn next(old: Option<Pair>, ours: &Master, theirs: &Master, mki: u8) -> Option<Pair> {
        let (mut outgoing, incoming) = old.map_or((Vec::new(), None), |old| (old.outgoing, Some(old.incoming)));
        let incoming = match incoming.filter(|incoming| incoming.is(theirs, mki)) {
            Some(incoming) => incoming,
            None => Incoming::new(theirs.clone(), mki)?,
        };
        match outgoing.iter().position(|out| out.master() == ours) {
            Some(at) => {
                let known = outgoing.remove(at);
                outgoing.push(known);
            }
            None if outgoing.len() < KEPT => outgoing.push(Outgoing::new(ours.clone())?),
            None => return None,
        }
        Some(Pair { outgoing, incoming })
    }

    pub fn outgoing(&mut self) -> Option<&mut Outgoing> {
        self.outgoing.last_mut()
    }

    pub fn incoming(&mut self) -> &mut Incoming {
        &mut self.incoming
    }
}
