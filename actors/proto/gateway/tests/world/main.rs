//! Whole calls in virtual time: browsers, their sockets and a [`gateway::peer::PeerCall`],
//! all from one seed.
//!
//! `WORLD_SEEDS=100000 cargo test -p gateway --release --test world` runs that many cases;
//! `WORLD_SEED=17` runs one and prints every message.
//!
//! A case has a caller, one to three called devices and a script of faults: sockets that die and
//! come back, sockets that do not, reloaded pages, both sides asking for a change at once, devices that
//! answer at once, crossing ends. After the last fault it is left alone and must settle:
//!
//! - no wanted change is left undone, both sides are free (no deadlock);
//! - both sides hold the same two descriptions;
//! - at no time are two offers outstanding;
//! - exactly one device is acknowledged as the one that answered;
//! - every leg ends exactly once, the core says `Done` once and last;
//! - nothing is sent on a leg after its `call.ack.end`;
//! - a client that follows the protocol is never refused, and nothing logs an error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "virtual time needs a beginning, the world its seeds"
)]

mod browser;
mod change;
mod errors;
mod observe;
mod script;
mod wire;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use world::{Tally, World};

const SEEDS: u64 = 2_000;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

#[test]
fn every_seed_settles_and_ends() {
    errors::watch();
    if let Some(seed) = setting("WORLD_SEED") {
        World::new(seed, true).run();
        return;
    }
    let seeds = setting("WORLD_SEEDS").unwrap_or(SEEDS);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let workers: Vec<_> = (0..threads).map(|first| std::thread::spawn(move || run(first, threads, seeds))).collect();
    let mut tally = Tally::default();
    let mut failed = Vec::new();
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
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    for seed in (first..seeds).step_by(step as usize) {
        match catch_unwind(AssertUnwindSafe(|| World::new(seed, false).run())) {
            Ok(case) if errors::none() => tally.add(&case),
            Ok(_) | Err(_) => failed.push(seed),
        }
    }
    (tally, failed)
}
