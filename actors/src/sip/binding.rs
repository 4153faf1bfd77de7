//! What an upstream registers, and when it tries again.

use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use sip::message::{Headers, Uri, name};
use sip::register::{Binding, FIRST_PAUSE, LONGEST_PAUSE};
use uuid::Uuid;

use super::roster::Seat;

/// One more binding, until it is dropped.
pub struct Bound(Gauge);

impl Bound {
    /// Counts one more.
    pub fn count(gauge: &Gauge) -> Bound {
        gauge.inc();
        Bound(gauge.clone())
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What is registered. The Contact is set once the way is known.
pub fn binding(seat: &Seat) -> Binding {
    let provider = seat.uplink.provider();
    let mut extra = Headers::new();
    let line = seat.uplink.line();
    extra.copy(&name::USER_AGENT, &line.headers);
    extra.push(name::SUPPORTED, "path");
    Binding {
        registrar: Uri::Sip(provider.registrar()),
        address_of_record: provider.address_of_record(),
        contact: line.contact,
        expires: provider.config.expires_s,
        call_id: Uuid::new_v4().to_string(),
        tag: Uuid::new_v4().simple().to_string(),
        extra,
    }
}

/// A number nobody can foresee.
pub fn chance() -> u32 {
    Uuid::new_v4().as_fields().0
}

/// How long to wait after the way could not be found so many times before: later and later, by chance at different times.
pub fn pause_after(failures: u32) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE);
    pause / 2 + (pause / 2).mul_f64(f64::from(chance()) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let longest = |failures| (0..64).map(|_| pause_after(failures)).max().unwrap_or_default();
        assert!(longest(0) <= FIRST_PAUSE && pause_after(0) >= FIRST_PAUSE / 2);
        assert!(pause_after(40) >= LONGEST_PAUSE / 2 && longest(40) <= LONGEST_PAUSE);
        assert!(pause_after(3) > longest(1));
    }
}
