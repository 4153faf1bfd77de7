//! Finds the peer of a datagram on a socket that all peers share (RFC 7983).
//!
//! Checks go by the user name fragment they carry, everything else by the address it comes
//! from; an address is learned from an authenticated check only. Both are hash look-ups.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ::media::stun;

use super::PeerId;

/// Fragments a peer may have at one time: the newest, and those of ICE restarts before.
const FRAGMENTS: usize = 4;

/// An address without an authenticated check for so long may go to another peer: a NAT has
/// given its port away. Browsers check every 2 to 5 s; until then nobody can take it over
/// by checks with a forged source.
const ADDRESS_STALE: Duration = Duration::from_secs(15);

/// The tables of one worker. Bounded by the limits of its peers.
#[derive(Debug, Default)]
pub(super) struct Mux {
    by_ufrag: HashMap<Box<[u8]>, PeerId>,
    by_address: HashMap<SocketAddr, Owner>,
    owned: HashMap<PeerId, Owned>,
}

#[derive(Debug)]
struct Owner {
    peer: PeerId,
    checked: Instant,
}

#[derive(Debug, Default)]
struct Owned {
    ufrags: Vec<Box<[u8]>>,
    addresses: Vec<SocketAddr>,
}

impl Mux {
    /// The peer a datagram is for.
    pub fn route(&mut self, now: Instant, source: SocketAddr, datagram: &[u8]) -> Option<PeerId> {
        if stun::is_stun(datagram)
            && let Some(ufrag) = stun::binding_request_ufrag(datagram)
        {
            let peer = self.by_ufrag.get(ufrag).copied()?;
            // A stale address is handed over by `learn` only after the check is authenticated.
            if let Some(owner) = self.by_address.get_mut(&source).filter(|owner| owner.peer == peer) {
                owner.checked = now;
            }
            return Some(peer);
        }
        self.by_address.get(&source).map(|owner| owner.peer)
    }

    /// Checks for this fragment are the peer's from now on.
    pub fn add_ufrag(&mut self, peer: PeerId, ufrag: &str) {
        let owned = self.owned.entry(peer).or_default();
        if owned.ufrags.len() >= FRAGMENTS {
            let oldest = owned.ufrags.remove(0);
            self.by_ufrag.remove(&oldest);
        }
        owned.ufrags.push(ufrag.as_bytes().into());
        self.by_ufrag.insert(ufrag.as_bytes().into(), peer);
    }

    /// The address has authenticated itself towards the peer.
    pub fn learn(&mut self, now: Instant, peer: PeerId, address: SocketAddr) {
        let owner = self.by_address.get(&address);
        if owner.is_some_and(|owner| owner.peer != peer && now < owner.checked + ADDRESS_STALE) {
            return;
        }
        if let Some(before) = self.by_address.insert(address, Owner { peer, checked: now })
            && let Some(owned) = self.owned.get_mut(&before.peer)
        {
            owned.addresses.retain(|owned| *owned != address);
        }
        self.owned.entry(peer).or_default().addresses.push(address);
    }

    /// The peer gives an address up.
    pub fn forget(&mut self, peer: PeerId, address: SocketAddr) {
        if self.by_address.get(&address).is_some_and(|owner| owner.peer == peer) {
            self.by_address.remove(&address);
        }
        if let Some(owned) = self.owned.get_mut(&peer) {
            owned.addresses.retain(|owned| *owned != address);
        }
    }

    /// The peer is gone.
    pub fn remove(&mut self, peer: PeerId) {
        let owned = self.owned.remove(&peer).unwrap_or_default();
        for ufrag in owned.ufrags {
            self.by_ufrag.remove(&ufrag);
        }
        for address in owned.addresses {
            self.by_address.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn check(ufrag: &str) -> Vec<u8> {
        let mut datagram = vec![0, 1, 0, 12, 0x21, 0x12, 0xA4, 0x42];
        datagram.extend([0; 12]);
        datagram.extend([0, 6, 0, 6]);
        datagram.extend(format!("{ufrag}:x").bytes());
        datagram.extend([0, 0]);
        datagram
    }

    const RTP: [u8; 12] = [0x80; 12];

    #[test]
    fn checks_go_by_fragment_and_the_rest_by_learned_address() {
        let (now, mut mux) = (Instant::now(), Mux::default());
        mux.add_ufrag(PeerId(1), "aaaa");
        mux.add_ufrag(PeerId(2), "bbbb");
        assert_eq!(mux.route(now, address(1), &check("bbbb")), Some(PeerId(2)));
        assert_eq!(mux.route(now, address(1), &check("cccc")), None);
        assert_eq!(mux.route(now, address(1), &RTP), None, "not learned by routing");
        mux.learn(now, PeerId(2), address(1));
        assert_eq!(mux.route(now, address(1), &RTP), Some(PeerId(2)));
        mux.forget(PeerId(1), address(1));
        assert_eq!(mux.route(now, address(1), &RTP), Some(PeerId(2)), "not the owner");
        mux.forget(PeerId(2), address(1));
        assert_eq!(mux.route(now, address(1), &RTP), None);
    }

    #[test]
    fn an_address_in_use_is_not_taken_over_and_a_stale_one_is() {
        let (now, mut mux) = (Instant::now(), Mux::default());
        mux.add_ufrag(PeerId(1), "aaaa");
        mux.learn(now, PeerId(1), address(1));
        let later = now + ADDRESS_STALE;
        mux.route(later, address(1), &check("aaaa"));
        mux.learn(later, PeerId(2), address(1));
        assert_eq!(mux.route(later, address(1), &RTP), Some(PeerId(1)));
        mux.learn(later + ADDRESS_STALE, PeerId(2), address(1));
        assert_eq!(mux.route(later, address(1), &RTP), Some(PeerId(2)));
        mux.remove(PeerId(1));
        assert_eq!(mux.route(later, address(1), &RTP), Some(PeerId(2)));
    }

    #[test]
    fn nothing_is_left_of_a_peer_that_is_gone() {
        let (now, mut mux) = (Instant::now(), Mux::default());
        for restart in 0..20 {
            mux.add_ufrag(PeerId(1), &format!("f{restart}"));
            mux.learn(now, PeerId(1), address(restart));
        }
        assert_eq!(mux.by_ufrag.len(), FRAGMENTS);
        mux.remove(PeerId(1));
        assert!(mux.by_ufrag.is_empty() && mux.by_address.is_empty() && mux.owned.is_empty());
    }
}
