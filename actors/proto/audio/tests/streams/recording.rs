//! A recording is a WAV file with one side in each channel.

use std::time::Duration;

use crate::sound::{PTIME, level, level_at, packets, start};
use audio::record::Side;
use audio::{Codec, Rate, Recorder, limits};

fn channels(bytes: &[u8]) -> [Vec<i16>; 2] {
    let samples: Vec<i16> = bytes.chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
}

fn field(header: &[u8; 44], at: usize) -> u32 {
    u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

#[test]
fn both_sides_are_heard_each_in_its_channel_and_pauses_are_left_out() {
    let begin = start();
    let mut recorder = Recorder::new(begin);
    assert_eq!(field(&recorder.header(), 40), u32::MAX);
    let (browser, phone) = (packets(Codec::Opus, 440.0, 200), packets(Codec::Pcma, 1000.0, 200));
    let mut bytes = Vec::new();
    let mut now = begin;
    for (n, (browser, phone)) in browser.into_iter().zip(phone).enumerate() {
        match n {
            100 => recorder.pause(now),
            150 => recorder.resume(now),
            _ => (),
        }
        recorder.push(now, Side::Browser, Codec::Opus, browser);
        recorder.push(now, Side::Phone, Codec::Pcma, phone);
        now += PTIME;
        if n % 50 == 49 {
            bytes.extend(recorder.poll(now));
        }
    }
    bytes.extend(recorder.finish(now));
    assert_eq!(bytes.len(), 150 * 320 * 4);
    let [left, right] = channels(&bytes);
    for (channel, hz, other) in [(&left, 440.0, 1000.0), (&right, 1000.0, 440.0)] {
        let steady = &channel[8000..30_000];
        assert!(level_at(hz, Rate::Wide, steady) > 4500.0, "{hz}: {}", level_at(hz, Rate::Wide, steady));
        assert!(level_at(other, Rate::Wide, steady) < 100.0);
    }
}

#[test]
fn the_header_says_what_follows() {
    let begin = start();
    let mut recorder = Recorder::new(begin);
    let bytes = recorder.finish(begin + Duration::from_secs(1));
    let header = recorder.header();
    assert_eq!((&header[..4], &header[8..16], &header[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    assert_eq!(&header[20..24], [1, 0, 2, 0]);
    assert_eq!((field(&header, 16), field(&header, 24), field(&header, 28)), (16, 16_000, 64_000));
    assert_eq!(&header[32..36], [4, 0, 16, 0]);
    assert_eq!((bytes.len(), field(&header, 40), field(&header, 4)), (64_000, 64_000, 64_036));
    assert!(level(&channels(&bytes)[0]) < 1.0);
}

#[test]
fn a_side_that_changes_its_codec_is_heard_on() {
    let begin = start();
    let mut recorder = Recorder::new(begin);
    let mut now = begin;
    for codec in [Codec::Pcmu, Codec::G722, Codec::Opus] {
        for packet in packets(codec, 1000.0, 50) {
            recorder.push(now, Side::Phone, codec, packet);
            now += PTIME;
        }
    }
    let [_, phone] = channels(&recorder.finish(now));
    for second in phone.chunks(16_000) {
        assert!(level_at(1000.0, Rate::Wide, &second[4000..]) > 4500.0);
    }
}

#[test]
fn what_nobody_takes_is_bounded() {
    let begin = start();
    let mut recorder = Recorder::new(begin);
    let bytes = recorder.poll(begin + Duration::from_secs(24 * 3600));
    assert!(bytes.len() <= limits::RECORDING_BYTES + 1280, "{}", bytes.len());
}
