//! [`Flood`]: how much one source may send.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::time::Instant;

/// Sources of one generation.
const GENERATION: usize = 8_192;

/// A token bucket for each source. The sources heard last are remembered, two generations of them: who floods is
/// among them, and an army of invented sources displaces those that are silent only.
pub(super) struct Flood<K> {
    per_s: f64,
    burst: f64,
    young: HashMap<K, Bucket>,
    old: HashMap<K, Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl<K: Hash + Eq> Flood<K> {
    pub fn new(per_s: u32, burst: u32) -> Flood<K> {
        Flood { per_s: per_s.into(), burst: burst.into(), young: HashMap::new(), old: HashMap::new() }
    }

    /// Whether one more from `source` is within its rate.
    pub fn admits(&mut self, now: Instant, source: K) -> bool {
        let known = self.young.remove(&source).or_else(|| self.old.remove(&source));
        let mut bucket = known.unwrap_or(Bucket { tokens: self.burst, at: now });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket = Bucket { tokens: (bucket.tokens + passed * self.per_s).min(self.burst), at: now };
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(source, bucket);
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_source_has_its_rate_and_harms_no_other() {
        let (mut flood, now) = (Flood::new(2, 3), Instant::now());
        assert_eq!([(); 5].map(|()| flood.admits(now, 1)), [true, true, true, false, false]);
        assert!(flood.admits(now, 2));
        let later = now + Duration::from_secs(1);
        assert_eq!([(); 3].map(|()| flood.admits(later, 1)), [true, true, false]);
    }

    #[test]
    fn an_army_of_invented_sources_is_bounded_and_frees_nobody_who_floods() {
        let (mut flood, now) = (Flood::new(1, 1), Instant::now());
        assert!(flood.admits(now, u32::MAX));
        for n in 0..100_000 {
            flood.admits(now, n);
            if n % 1_000 == 0 {
                assert!(!flood.admits(now, u32::MAX), "after {n}");
            }
        }
        assert!(flood.young.len() + flood.old.len() <= 2 * GENERATION);
    }
}
