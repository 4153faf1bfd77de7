//! What a source may try in a while: after so many tries it waits.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);
/// Most sources remembered; over it all windows that ended are forgotten, then all.
const SOURCES: usize = 10_000;

/// Who tried how often.
pub(super) struct Throttle {
    /// Tries a source has in one window.
    tries: u32,
    sources: Mutex<HashMap<IpAddr, Window>>,
}

struct Window {
    since: Instant,
    tries: u32,
}

impl Throttle {
    /// One that lets a source try `tries` times a minute.
    pub(super) fn new(tries: u32) -> Throttle {
        Throttle { tries, sources: Mutex::default() }
    }

    /// Counts an attempt of `source` until [`Throttle::succeeded`] takes it back, so that
    /// parallel guesses count while they are being checked.
    ///
    /// Errors: seconds to wait, where the source has tried too often.
    pub(super) fn attempt(&self, source: IpAddr, now: Instant) -> Result<(), u64> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= SOURCES {
            sources.retain(|_, window| now.duration_since(window.since) < WINDOW);
        }
        if sources.len() >= SOURCES {
            sources.clear();
        }
        let window = sources.entry(key(source)).or_insert(Window { since: now, tries: 0 });
        let age = now.duration_since(window.since);
        if age >= WINDOW {
            *window = Window { since: now, tries: 0 };
        } else if window.tries >= self.tries {
            return Err((WINDOW - age).as_secs() + 1);
        }
        window.tries += 1;
        Ok(())
    }

    /// Takes an attempt back: it was no guess.
    pub(super) fn succeeded(&self, source: IpAddr) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = sources.get_mut(&key(source)) {
            window.tries = window.tries.saturating_sub(1);
        }
    }
}

/// One household or server: an IPv4 address, or an IPv6 /64.
fn key(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIES: u32 = 10;

    #[test]
    fn a_source_waits_after_its_failures_and_others_do_not() {
        let (throttle, start) = (Throttle::new(TRIES), Instant::now());
        let source: IpAddr = "2001:db8::1".parse().expect("address");
        let neighbour: IpAddr = "2001:db8::2".parse().expect("address");
        let other: IpAddr = "2001:db9::1".parse().expect("address");
        for _ in 0..TRIES {
            assert_eq!(throttle.attempt(source, start), Ok(()));
        }
        assert_eq!(throttle.attempt(neighbour, start + Duration::from_secs(20)), Err(41));
        assert_eq!(throttle.attempt(other, start), Ok(()));
        assert_eq!(throttle.attempt(source, start + WINDOW), Ok(()));
    }

    #[test]
    fn a_success_is_not_counted() {
        let (throttle, now) = (Throttle::new(TRIES), Instant::now());
        let source: IpAddr = "192.0.2.1".parse().expect("address");
        for _ in 0..TRIES * 3 {
            assert_eq!(throttle.attempt(source, now), Ok(()));
            throttle.succeeded(source);
        }
    }
}
