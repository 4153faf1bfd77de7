//! Puts the statistics of all streams of a peer into one [`Stats`].

use std::time::Duration;

use str0m::media::Mid;
use str0m::stats::{MediaEgressStats, MediaIngressStats, PeerStats};

use crate::Stats;

/// Collects one round of str0m's events: one for the peer, then one for each stream.
#[derive(Debug, Default)]
pub(crate) struct Round {
    stats: Option<Stats>,
}

impl Round {
    pub fn peer(&mut self, peer: &PeerStats) {
        let pair = peer.selected_candidate_pair.as_ref();
        let rtt = pair.and_then(|pair| pair.current_round_trip_time).or(peer.rtt);
        self.stats = Some(Stats { rtt, ..Stats::default() });
    }

    /// `clock_rates`: RTP clock of the audio streams, which turn jitter into time.
    pub fn ingress(&mut self, ingress: &MediaIngressStats, clock_rates: &[(Mid, u32)]) {
        let Some(stats) = &mut self.stats else { return };
        stats.packets_in += ingress.packets;
        stats.bytes_in += ingress.bytes;
        stats.loss_in = worst(stats.loss_in, ingress.loss);
        if let Some(rate) = of(clock_rates, ingress.mid) {
            stats.jitter_in = Some(jitter(ingress.jitter, rate));
        }
    }

    /// The same for what we send and the far end's reports on it.
    pub fn egress(&mut self, egress: &MediaEgressStats, clock_rates: &[(Mid, u32)]) {
        let Some(stats) = &mut self.stats else { return };
        stats.packets_out += egress.packets;
        stats.bytes_out += egress.bytes;
        stats.loss_out = worst(stats.loss_out, egress.loss);
        stats.rtt = stats.rtt.or(egress.rtt);
        if let (Some(rate), Some(remote)) = (of(clock_rates, egress.mid), &egress.remote) {
            stats.jitter_out = Some(jitter(remote.jitter, rate));
        }
    }

    /// The round is over.
    pub fn finish(&mut self) -> Option<Stats> {
        self.stats.take()
    }
}

fn of(clock_rates: &[(Mid, u32)], mid: Mid) -> Option<u32> {
    clock_rates.iter().find(|(known, _)| *known == mid).map(|(_, rate)| *rate)
}

fn worst(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

fn jitter(units: u32, clock_rate: u32) -> Duration {
    Duration::from_micros(u64::from(units) * 1_000_000 / u64::from(clock_rate.max(1)))
}
