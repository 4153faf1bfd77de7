//! CPU and memory that one second of a transcoded call takes, both directions.
//! `cargo bench -p audio`: 1000 ms of CPU are one core.

#![allow(clippy::print_stdout, clippy::expect_used, missing_docs, reason = "it measures")]

#[path = "../tests/streams/sound.rs"]
#[expect(dead_code, reason = "levels are for tests")]
mod sound;

use std::hint::black_box;

use audio::{Codec, Packet, Setup, Transcoder};

const SECONDS: usize = 60;

/// CPU time of this thread, as Linux counts it: other work of the machine does not disturb it.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = text.split(' ').next().and_then(|field| field.parse::<f64>().ok());
    nanoseconds.expect("a number") / 1e6
}

/// CPU milliseconds for a second of one direction.
fn direction(from: Codec, to: Codec) -> f64 {
    let packets: Vec<Packet> = sound::packets(from, 440.0, SECONDS * 50);
    let mut transcoder = Transcoder::new(Setup { from, to, ptime: sound::PTIME, seed: 1 }).expect("20 ms");
    let begin = cpu_ms();
    let mut now = sound::start();
    for packet in packets {
        transcoder.push(now, packet);
        while let Some(frame) = transcoder.pull(now) {
            black_box(frame);
        }
        now += sound::PTIME;
    }
    (cpu_ms() - begin) / SECONDS as f64
}

/// Memory of the process in KiB.
fn resident_kib() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text.split(' ').nth(1).and_then(|field| field.parse::<usize>().ok());
    pages.expect("a number") * 4
}

/// KiB of both directions of a call that has sounded for a second.
fn memory(one: Codec, other: Codec) -> usize {
    const CALLS: usize = 100;
    let before = resident_kib();
    let used: Vec<Transcoder> = (0..CALLS).flat_map(|_| [used(one, other), used(other, one)]).collect();
    let grown = resident_kib().saturating_sub(before);
    black_box(used);
    grown / CALLS
}

fn used(from: Codec, to: Codec) -> Transcoder {
    let mut transcoder = Transcoder::new(Setup { from, to, ptime: sound::PTIME, seed: 1 }).expect("20 ms");
    let mut now = sound::start();
    for packet in sound::packets(from, 440.0, 50) {
        transcoder.push(now, packet);
        black_box(transcoder.pull(now));
        now += sound::PTIME;
    }
    transcoder
}

fn main() {
    println!("one     other ms of CPU a second  calls a core");
    let pairs = Codec::ALL.into_iter().flat_map(|one| Codec::ALL.map(|other| (one, other)));
    for (one, other) in pairs.filter(|(one, other)| one < other) {
        // The clock ticks coarsely: less than this is not seen.
        let ms = (direction(one, other) + direction(other, one)).max(0.05);
        println!("{:7} {:5} {ms:19.2} {:13.0}", one.encoding_name(), other.encoding_name(), 1000.0 / ms);
    }
    println!("PCMA    opus: {} KiB a call", memory(Codec::Pcma, Codec::Opus));
}
