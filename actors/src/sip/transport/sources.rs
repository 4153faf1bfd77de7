//! [`Sources`]: how many connections each source holds.

use std::collections::HashMap;
use std::net::IpAddr;

use sip::transport::network;

use super::Limits;

/// Accepted connections, those in their handshake too, by [`network`].
#[derive(Default)]
pub(super) struct Sources {
    all: usize,
    each: HashMap<IpAddr, usize>,
}

impl Sources {
    /// How many there are of `peer`.
    pub fn share(&self, peer: IpAddr) -> usize {
        self.each.get(&network(peer)).copied().unwrap_or_default()
    }

    /// Whether it is others that leave no room for `peer`.
    pub fn are_crowded(&self, peer: IpAddr, limits: &Limits) -> bool {
        self.all >= limits.connections && self.share(peer) < limits.connections_per_source
    }

    /// One more of `peer`, if there is room for it.
    pub fn enter(&mut self, peer: IpAddr, limits: &Limits) -> bool {
        let source = network(peer);
        let own = self.share(peer);
        if own >= limits.connections_per_source || self.all >= limits.connections {
            return false;
        }
        self.all += 1;
        self.each.insert(source, own + 1);
        true
    }

    /// One less of `peer`.
    pub fn leave(&mut self, peer: IpAddr) {
        let source = network(peer);
        let Some(own) = self.each.get_mut(&source) else { return };
        self.all = self.all.saturating_sub(1);
        *own = own.saturating_sub(1);
        if *own == 0 {
            self.each.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_bounded_as_one_and_all_together_too() {
        let limits = Limits { connections_per_source: 2, connections: 4, ..Limits::default() };
        let mut sources = Sources::default();
        let mut enter = |peers: &[&str]| -> Vec<bool> {
            peers.iter().map(|peer| sources.enter(peer.parse().unwrap(), &limits)).collect()
        };
        assert_eq!(enter(&["2001:db8::1", "2001:db8::2", "2001:db8::3"]), [true, true, false]);
        assert_eq!(enter(&["2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"]), [true, true, false]);
        sources.leave("2001:db8::9".parse().unwrap());
        assert!(sources.enter("192.0.2.2".parse().unwrap(), &limits));
        assert_eq!((sources.all, sources.each.len()), (4, 4));
    }
}
