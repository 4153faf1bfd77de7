//! [`Flood`]: how much one source may send.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

/// Sources remembered; past that, those that sent nothing for long are forgotten, then all.
const SOURCES: usize = 16_384;

/// A token bucket for each source.
pub(super) struct Flood {
    per_s: f64,
    burst: f64,
    sources: HashMap<IpAddr, (f64, Instant)>,
}

impl Flood {
    pub fn new(per_s: u32, burst: u32) -> Flood {
        Flood { per_s: per_s.into(), burst: burst.into(), sources: HashMap::new() }
    }

    /// Whether one more from `source` is within its rate.
    pub fn admits(&mut self, now: Instant, source: IpAddr) -> bool {
        let source = network(source);
        if self.sources.len() >= SOURCES && !self.sources.contains_key(&source) {
            let full = self.burst / self.per_s.max(1.0);
            self.sources.retain(|_, (_, at)| now.saturating_duration_since(*at).as_secs_f64() < full);
            if self.sources.len() >= SOURCES {
                self.sources.clear();
            }
        }
        let (tokens, at) = self.sources.entry(source).or_insert((self.burst, now));
        *tokens = (*tokens + now.saturating_duration_since(*at).as_secs_f64() * self.per_s).min(self.burst);
        *at = now;
        let admitted = *tokens >= 1.0;
        if admitted {
            *tokens -= 1.0;
        }
        admitted
    }
}

/// A household has one IPv4 address, or a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_source_has_its_rate_and_harms_no_other() {
        let (mut flood, now) = (Flood::new(2, 3), Instant::now());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert_eq!([(); 5].map(|()| flood.admits(now, one)), [true, true, true, false, false]);
        assert!(flood.admits(now, other));
        let later = now + Duration::from_secs(1);
        assert_eq!([(); 3].map(|()| flood.admits(later, one)), [true, true, false]);
    }

    #[test]
    fn sources_are_bounded_and_a_household_is_one() {
        let (mut flood, now) = (Flood::new(1, 1), Instant::now());
        assert!(flood.admits(now, "2001:db8::1".parse().unwrap()));
        assert!(!flood.admits(now, "2001:db8::2".parse().unwrap()));
        for n in 0..40_000_u32 {
            flood.admits(now, IpAddr::from(n.to_be_bytes()));
        }
        assert!(flood.sources.len() <= SOURCES);
    }
}
