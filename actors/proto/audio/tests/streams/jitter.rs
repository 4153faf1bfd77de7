//! The jitter buffer under loss, reordering, duplicates and delay, in virtual time.

use std::time::{Duration, Instant};

use crate::sound::{PTIME, start};
use audio::{Codec, Jitter, Packet, Played, limits};

/// Packet `n` of a stream of PCMA.
fn packet(n: u64) -> Packet {
    Packet { sequence: 70_000 + n, timestamp: n as u32 * 160, marker: n == 0, payload: n.to_be_bytes().to_vec() }
}

/// What is played of packets that arrive at the given times, popped every 20 ms for `pops` times.
fn played(mut arrivals: Vec<(Instant, u64)>, begin: Instant, pops: u32) -> (Vec<Option<u64>>, Jitter) {
    arrivals.sort();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut jitter = Jitter::new(Codec::Pcma);
    let answers = (0..pops).map(|pop| {
        let now = begin + PTIME * pop;
        while let Some((at, n)) = arrivals.next_if(|(at, _)| *at <= now) {
            jitter.push(at, packet(n));
        }
        match jitter.pop(now) {
            Played::Packet(packet) => Some(packet.sequence - 70_000),
            Played::Lost { .. } | Played::Nothing => None,
        }
    });
    (answers.collect(), jitter)
}

fn at(begin: Instant, n: u64, late_ms: u64) -> (Instant, u64) {
    (begin + PTIME * n as u32 + Duration::from_millis(late_ms), n)
}

#[test]
fn a_steady_stream_is_played_whole_with_the_least_delay() {
    let begin = start();
    let (answers, jitter) = played((0..200).map(|n| at(begin, n, 0)).collect(), begin, 201);
    let all: Vec<u64> = answers.iter().flatten().copied().collect();
    assert_eq!(all, (0..200).collect::<Vec<_>>());
    assert_eq!(answers[..2], [None, Some(0)]);
    assert_eq!(jitter.delay(), limits::DELAY_MIN);
}

#[test]
fn whatever_the_network_does_packets_are_played_once_and_in_order() {
    for seed in 1..200 {
        let mut rng = Random(seed);
        let begin = start();
        let spread = 1 + rng.below(150);
        let loss = rng.below(30);
        let mut arrivals = Vec::new();
        for n in 0..300 {
            let copies = if rng.below(100) < loss { 0 } else { 1 + u64::from(rng.below(20) == 0) };
            arrivals.extend((0..copies).map(|_| at(begin, n, rng.below(spread))));
        }
        let arrived: std::collections::BTreeSet<u64> = arrivals.iter().map(|(_, n)| *n).collect();
        let (answers, jitter) = played(arrivals, begin, 330);
        let all: Vec<u64> = answers.iter().flatten().copied().collect();
        assert!(all.is_sorted_by(|one, next| one < next), "{seed}: {all:?}");
        assert!(all.iter().all(|n| arrived.contains(n)), "{seed}");
        // What the delay cannot hold is lost too, but not much more.
        let share = all.len() as f64 / arrived.len() as f64;
        assert!(share > if spread < 60 { 0.9 } else { 0.75 }, "{seed}: {share} at {spread} ms and {loss} %");
        assert!((limits::DELAY_MIN..=limits::DELAY_MAX).contains(&jitter.delay()), "{seed}");
    }
}

#[test]
fn a_lost_packet_is_concealed_once_and_the_next_is_offered_for_it() {
    let begin = start();
    let mut jitter = Jitter::new(Codec::Pcma);
    for n in [0, 1, 3, 4] {
        jitter.push(begin + PTIME * n as u32, packet(n));
    }
    let answers: Vec<Played> = (5..10).map(|pop| jitter.pop(begin + PTIME * pop)).collect();
    let lost = Played::Lost { next: Some(packet(3).payload) };
    let [zero, one, three, four] = [0, 1, 3, 4].map(|n| Played::Packet(packet(n)));
    assert_eq!(answers, [zero, one, lost, three, four]);
}

#[test]
fn a_packet_that_is_only_late_is_waited_for() {
    let begin = start();
    // From packet 50 on all come 60 ms later: a new route.
    let (answers, _) = played((0..150).map(|n| at(begin, n, if n < 50 { 0 } else { 60 })).collect(), begin, 160);
    let all: Vec<u64> = answers.iter().flatten().copied().collect();
    assert_eq!(all, (0..150).collect::<Vec<_>>());
}

#[test]
fn a_burst_after_a_stall_is_cut_to_the_greatest_delay_and_shrinks_further() {
    let begin = start();
    let stall = |n: u64| if (50..100).contains(&n) { 20 * (100 - n) } else { 0 };
    let (answers, _) = played((0..800).map(|n| at(begin, n, stall(n))).collect(), begin, 800);
    let delay = |pop: usize| answers[pop].map(|n| 20 * (pop as u64 - n));
    assert!(delay(110).is_some_and(|ms| ms <= 240), "{:?}", delay(110));
    assert!(delay(795).is_some_and(|ms| ms <= 80), "{:?}", delay(795));
}

#[test]
fn silence_of_the_sender_is_nothing_and_not_loss() {
    let begin = start();
    let mut jitter = Jitter::new(Codec::Pcma);
    (0..10).for_each(|n| jitter.push(begin + PTIME * n as u32, packet(n)));
    let answers: Vec<Played> = (1..100).map(|pop| jitter.pop(begin + PTIME * (10 + pop))).collect();
    let concealed = answers.iter().filter(|played| matches!(played, Played::Lost { .. })).count();
    assert!((1..=5).contains(&concealed));
    assert_eq!(answers.last(), Some(&Played::Nothing));
    // Speech goes on: the next number, a later timestamp.
    let later = begin + PTIME * 200;
    jitter.push(later, Packet { timestamp: 32_000, marker: true, ..packet(10) });
    assert_eq!(jitter.pop(later), Played::Nothing);
    assert!(matches!(jitter.pop(later + jitter.delay()), Played::Packet(_)));
}

#[test]
fn a_sender_that_starts_again_is_followed() {
    let begin = start();
    let mut jitter = Jitter::new(Codec::Pcma);
    jitter.push(begin, packet(5000));
    assert!(matches!(jitter.pop(begin + PTIME), Played::Packet(_)));
    jitter.push(begin + PTIME, packet(4999));
    jitter.push(begin + PTIME, packet(3));
    assert_eq!(jitter.pop(begin + 2 * PTIME), Played::Packet(packet(3)));
}

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}
