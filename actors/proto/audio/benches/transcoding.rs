//! CPU that one second of a transcoded call takes, both directions.
//! `cargo bench -p audio`: 1000 ms of CPU are one core.

#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::expect_used, missing_docs, reason = "it measures")]

#[path = "../tests/streams/sound.rs"]
#[expect(dead_code, reason = "levels are for tests")]
mod sound;

use std::hint::black_box;
use std::time::Instant;

use audio::{Codec, Packet, Setup, Transcoder};

const SECONDS: usize = 60;

/// CPU milliseconds for a second of one direction.
fn direction(from: Codec, to: Codec) -> f64 {
    let packets: Vec<Packet> = sound::packets(from, 440.0, SECONDS * 50);
    let mut transcoder = Transcoder::new(Setup { from, to, ptime: sound::PTIME, seed: 1 }).expect("20 ms");
    let begin = Instant::now();
    let mut now = begin;
    for packet in packets {
        transcoder.push(now, packet);
        while let Some(frame) = transcoder.pull(now) {
            black_box(frame);
        }
        now += sound::PTIME;
    }
    begin.elapsed().as_secs_f64() * 1000.0 / SECONDS as f64
}

fn main() {
    println!("browser phone  ms of CPU a second  calls a core");
    let pairs = Codec::ALL.into_iter().flat_map(|one| Codec::ALL.map(|other| (one, other)));
    for (browser, phone) in pairs.filter(|(browser, phone)| browser < phone) {
        let ms = direction(browser, phone) + direction(phone, browser);
        println!("{:7} {:5} {ms:19.2} {:13.0}", browser.encoding_name(), phone.encoding_name(), 1000.0 / ms);
    }
}
