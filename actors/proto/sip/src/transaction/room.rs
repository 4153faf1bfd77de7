//! [`Room`]: how many transactions there may be at a time, and whose.

use std::collections::HashMap;
use std::net::IpAddr;

/// Strangers fill their share and no more: whatever they do, our own requests go out and our dialogs are answered.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// All: what is above the others is for requests of ours.
    pub all: usize,
    /// Requests that came.
    pub server: usize,
    /// Of these, those outside of dialogs.
    pub outside: usize,
    /// Of these, those of one [`network`](crate::transport::network).
    pub per_source: usize,
}

impl Room {
    /// A quarter is for requests of ours, a quarter for those in dialogs, and one source has a quarter at most: a trunk may
    /// be the only one. Nobody's share is less than one.
    pub fn shared(all: usize) -> Room {
        let quarters = |count: usize| (all / 4 * count).max(1);
        Room { all, server: quarters(3), outside: quarters(2), per_source: quarters(1) }
    }
}

/// Whoever comes first.
impl From<usize> for Room {
    fn from(all: usize) -> Room {
        Room { all, server: all, outside: all, per_source: all }
    }
}

/// Whose a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Ours,
    /// Of a request with a tag in To, or of a CANCEL: what nobody knows is answered at once, and does not stay.
    Inside,
    Outside(IpAddr),
}

/// What of a room is taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    all: usize,
    server: usize,
    outside: usize,
    sources: HashMap<IpAddr, usize>,
}

impl Taken {
    /// Whether there is room for one more.
    pub fn admits(&self, room: &Room, place: Place) -> bool {
        let of_all = self.all < room.all;
        let of_server = self.server < room.server;
        match place {
            Place::Ours => of_all,
            Place::Inside => of_all && of_server,
            Place::Outside(source) => {
                let own = self.sources.get(&source).copied().unwrap_or_default();
                of_all && of_server && self.outside < room.outside && own < room.per_source
            }
        }
    }

    /// One more.
    pub fn add(&mut self, place: Place) {
        self.all += 1;
        self.server += usize::from(place != Place::Ours);
        if let Place::Outside(source) = place {
            self.outside += 1;
            *self.sources.entry(source).or_default() += 1;
        }
    }

    /// One less.
    pub fn remove(&mut self, place: Place) {
        self.all = self.all.saturating_sub(1);
        self.server = self.server.saturating_sub(usize::from(place != Place::Ours));
        let Place::Outside(source) = place else { return };
        self.outside = self.outside.saturating_sub(1);
        if let Some(count) = self.sources.get_mut(&source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.sources.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_share_and_gives_it_back() {
        let (room, mut taken) = (Room::shared(16), Taken::default());
        let stranger = |n: u8| Place::Outside(IpAddr::from([192, 0, 2, n]));
        let fill = |place: Place, taken: &mut Taken| {
            let mut count = 0;
            while taken.admits(&room, place) {
                taken.add(place);
                count += 1;
            }
            count
        };
        let strangers: Vec<i32> = (1..=3).map(|n| fill(stranger(n), &mut taken)).collect();
        assert_eq!(strangers, [4, 4, 0]);
        assert_eq!((fill(Place::Inside, &mut taken), fill(Place::Ours, &mut taken)), (4, 4));
        taken.remove(stranger(1));
        assert!(
            taken.admits(&room, stranger(1)) && taken.admits(&room, stranger(3)) && !taken.admits(&room, stranger(2))
        );
        (0..3).for_each(|_| taken.remove(stranger(1)));
        assert_eq!(taken.sources.len(), 1, "who has none is forgotten");
    }
}
