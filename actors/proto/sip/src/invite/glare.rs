//! [`glare_delay`]: when to offer again after a 491.

use std::time::Duration;

/// How long to wait before an offer that met [491](crate::message::Status::REQUEST_PENDING) is made again (RFC 3261 section
/// 14.1), in steps of 10 ms: 2.1 to 4 s if the Call-ID is ours (we were the caller), else 0 to 2 s. `chance`: any number.
pub fn glare_delay(owns_call_id: bool, chance: u32) -> Duration {
    let (least, most) = if owns_call_id { (210, 400) } else { (0, 200) };
    let steps = least + u64::from(chance) % (most - least + 1);
    Duration::from_millis(steps * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_sides_never_choose_the_same_moment() {
        for chance in (0..100_000).chain([u32::MAX]) {
            let (owner, other) = (glare_delay(true, chance), glare_delay(false, chance));
            assert!((2_100..=4_000).contains(&owner.as_millis()) && other.as_millis() <= 2_000);
            assert!(owner.as_millis() % 10 == 0 && other.as_millis() % 10 == 0);
        }
    }
}
