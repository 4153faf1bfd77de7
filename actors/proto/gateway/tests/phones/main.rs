//! Whole calls between a browser and a phone in virtual time, all from one seed: a browser and its socket, a
//! [`gateway::sip::SipCall`], a bridge that only negotiates, the real SIP transactions of both sides, a network that
//! loses, delays, repeats and reorders, and a phone made of the same crate `sip`.
//!
//! `WORLD_SEEDS=100000 cargo test -p gateway --test phones` runs that many cases; `WORLD_SEED=17` runs one and prints
//! every message. After the last fault a case is left alone and must settle:
//!
//! - the call is answered on both sides or on neither; both are free, and no wanted change is left undone;
//! - what the phone was told last is what the browser wants; what the browser knows of a hold is what the phone does;
//! - every leg ends exactly once, the core says `Done` once and last, no transaction is left;
//! - a side that dies takes the other with it within 90 s.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "virtual time needs a beginning, the world its seeds"
)]

mod bridge;
mod browser;
mod phone;
mod story;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use world::{Tally, World};

const SEEDS: u64 = 1_000;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

#[test]
fn every_seed_settles_and_ends() {
    if let Some(seed) = setting("WORLD_SEED") {
        World::new(seed, true).run();
        return;
    }
    let seeds = setting("WORLD_SEEDS").unwrap_or(SEEDS);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let workers: Vec<_> = (0..threads).map(|first| std::thread::spawn(move || run(first, threads, seeds))).collect();
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    for worker in workers {
        let (part, failures) = worker.join().expect("a worker");
        tally.add(&part);
        failed.extend(failures);
    }
    assert!(failed.is_empty(), "{} seeds fail; rerun one with WORLD_SEED: {failed:?}", failed.len());
    tally.expect_everything_happened(seeds);
}

/// Every `step`th seed from `first`.
fn run(first: u64, step: u64, seeds: u64) -> (Tally, Vec<u64>) {
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    for seed in (first..seeds).step_by(step as usize) {
        match catch_unwind(AssertUnwindSafe(|| World::new(seed, false).run())) {
            Ok(case) => tally.add(&case),
            Err(_) => {
                eprintln!("WORLD_SEED={seed}");
                failed.push(seed);
            }
        }
    }
    (tally, failed)
}
