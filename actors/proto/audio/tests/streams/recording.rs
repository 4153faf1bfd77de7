//! A recording is a WAV or an Ogg Opus file with one side in each channel.

use std::time::Duration;

use crate::ogg::{pages, play};
use crate::sound::{PTIME, level, level_at, packets, start};
use audio::record::{Container, Side};
use audio::{Codec, Packet, Rate, Recorder, limits};

const BOTH: [Container; 2] = [Container::Wav, Container::Ogg];

fn field(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]])
}

/// What a file is heard as, left and right.
fn heard(container: Container, file: &[u8]) -> [Vec<i16>; 2] {
    if container == Container::Ogg {
        return play(file);
    }
    let end = 44 + field(file, 40) as usize;
    let samples: Vec<i16> = file[44..end].chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
}

/// As a shell keeps a file.
fn grow(file: &mut Vec<u8>, recorder: &Recorder, bytes: Vec<u8>) {
    file.extend(bytes);
    if let Some(beginning) = recorder.beginning() {
        file[..beginning.len()].copy_from_slice(&beginning);
    }
}

/// A tone of 440 Hz of the browser and one of 1 kHz of the phone, 20 ms a step; before each, `step` has the recorder.
fn record(
    container: Container,
    steps: usize,
    mut step: impl FnMut(usize, &mut Recorder, std::time::Instant),
) -> Vec<u8> {
    let begin = start();
    let mut recorder = Recorder::new(begin, container, 0x0102_0304);
    let (browser, phone) = (packets(Codec::Opus, 440.0, steps), packets(Codec::Pcma, 1000.0, steps));
    let (mut file, mut now) = (Vec::new(), begin);
    for (n, (browser, phone)) in browser.into_iter().zip(phone).enumerate() {
        step(n, &mut recorder, now);
        recorder.push(now, Side::Browser, Codec::Opus, browser);
        recorder.push(now, Side::Phone, Codec::Pcma, phone);
        now += PTIME;
        if n % 50 == 49 {
            let bytes = recorder.poll(now);
            grow(&mut file, &recorder, bytes);
        }
    }
    let bytes = recorder.finish(now);
    grow(&mut file, &recorder, bytes);
    file
}

#[test]
fn both_sides_are_heard_each_in_its_channel_and_pauses_are_left_out() {
    for container in BOTH {
        let file = record(container, 200, |n, recorder, now| match n {
            100 => recorder.pause(now),
            150 => recorder.resume(now),
            _ => (),
        });
        let [left, right] = heard(container, &file);
        assert_eq!((left.len(), right.len()), (150 * 320, 150 * 320), "{container:?}");
        for (channel, hz, other) in [(&left, 440.0, 1000.0), (&right, 1000.0, 440.0)] {
            let steady = &channel[8000..30_000];
            let (own, leaked) = (level_at(hz, Rate::Wide, steady), level_at(other, Rate::Wide, steady));
            assert!(own > 4500.0 && leaked < 100.0, "{container:?} {hz}: {own} {leaked}");
        }
    }
}

#[test]
fn a_side_that_says_nothing_is_silent_and_lasts_as_long() {
    for container in BOTH {
        let begin = start();
        let mut recorder = Recorder::new(begin, container, 0);
        for (n, packet) in packets(Codec::Pcmu, 1000.0, 100).into_iter().enumerate() {
            recorder.push(begin + PTIME * n as u32, Side::Phone, Codec::Pcmu, packet);
        }
        let mut file = Vec::new();
        let bytes = recorder.finish(begin + PTIME * 100);
        grow(&mut file, &recorder, bytes);
        let [browser, phone] = heard(container, &file);
        assert_eq!((browser.len(), phone.len()), (32_000, 32_000));
        assert!(level(&browser[8000..]) < 20.0 && level(&phone[8000..]) > 4500.0, "{container:?}");
    }
}

#[test]
fn a_wav_file_can_be_played_up_to_the_last_poll() {
    let begin = start();
    let mut recorder = Recorder::new(begin, Container::Wav, 0);
    let mut file = Vec::new();
    for second in 0..3 {
        let bytes = recorder.poll(begin + Duration::from_secs(second));
        grow(&mut file, &recorder, bytes);
        assert_eq!((&file[..4], &file[8..16], &file[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
        assert_eq!(&file[20..24], [1, 0, 2, 0]);
        assert_eq!((field(&file, 16), field(&file, 24), field(&file, 28)), (16, 16_000, 64_000));
        assert_eq!(&file[32..36], [4, 0, 16, 0]);
        let bytes = 64_000 * second as u32;
        assert_eq!((file.len() as u32, field(&file, 40), field(&file, 4)), (44 + bytes, bytes, bytes + 36));
    }
}

#[test]
fn the_pages_of_an_ogg_file_are_those_of_rfc_7845() {
    let file = record(Container::Ogg, 177, |_, _, _| ());
    let (pages, rest) = pages(&file);
    assert_eq!(rest, 0);
    let head = &pages[0].packets[0];
    assert_eq!((&head[..10], field(head, 12), &head[16..]), (&b"OpusHead\x01\x02"[..], 16_000, &[0, 0, 0][..]));
    assert_eq!(pages[1].packets[0][..8], *b"OpusTags");
    let skip = u64::from(u16::from_le_bytes([head[10], head[11]]));
    assert!((120..3840).contains(&skip), "{skip}");
    for (n, page) in pages.iter().enumerate() {
        assert_eq!((page.serial, page.sequence), (0x0102_0304, n as u32));
        let flags = [2, 0, 0, 0, 0, 4];
        assert_eq!(page.flags, flags[n], "begins once, ends once");
    }
    let granules: Vec<u64> = pages.iter().map(|page| page.granule).collect();
    assert_eq!(granules, [0, 0, 48_000, 96_000, 144_000, 177 * 960 + skip]);
    let packets: Vec<usize> = pages.iter().map(|page| page.packets.len()).collect();
    assert_eq!(packets, [1, 1, 50, 50, 50, 28], "one more brings out what the encoder holds");
}

#[test]
fn an_ogg_file_that_is_cut_can_be_played_up_to_there() {
    let file = record(Container::Ogg, 250, |_, _, _| ());
    let whole = play(&file);
    for part in [file.len() / 3, file.len() / 2, file.len() - 1] {
        let cut = play(&file[..part]);
        let behind = part as f64 / file.len() as f64 * whole[0].len() as f64 - cut[0].len() as f64;
        assert!((-1000.0..32_000.0).contains(&behind), "{behind} samples are missing");
        assert_eq!(cut[1], whole[1][..cut[1].len()]);
    }
}

#[test]
fn an_ogg_file_is_small() {
    let file = record(Container::Ogg, 500, |_, _, _| ());
    assert!(file.len() < 80_000, "{} bytes for 10 s", file.len());
}

#[test]
fn a_recording_of_nothing_is_a_file_all_the_same() {
    for container in BOTH {
        let begin = start();
        let mut recorder = Recorder::new(begin, container, 0);
        let mut file = Vec::new();
        let bytes = recorder.finish(begin);
        grow(&mut file, &recorder, bytes);
        assert_eq!(heard(container, &file), [vec![], vec![]], "{container:?}");
        assert!(recorder.finish(begin + PTIME).is_empty(), "it ends once");
    }
}

#[test]
fn a_side_that_changes_its_codec_is_heard_on() {
    let begin = start();
    let mut recorder = Recorder::new(begin, Container::Wav, 0);
    let mut now = begin;
    for codec in [Codec::Pcmu, Codec::G722, Codec::Opus] {
        for packet in packets(codec, 1000.0, 50) {
            recorder.push(now, Side::Phone, codec, packet);
            now += PTIME;
        }
    }
    let mut file = Vec::new();
    let bytes = recorder.finish(now);
    grow(&mut file, &recorder, bytes);
    let [_, phone] = heard(Container::Wav, &file);
    for second in phone.chunks(16_000) {
        assert!(level_at(1000.0, Rate::Wide, &second[4000..]) > 4500.0);
    }
}

#[test]
fn payloads_that_are_none_leave_a_gap() {
    for container in BOTH {
        let file = record(container, 100, |n, recorder, now| {
            let packet = Packet {
                sequence: 1000 + n as u64,
                timestamp: (n as u32 * 960).wrapping_add(u32::MAX - 5000),
                marker: false,
                payload: vec![n as u8; n % 40],
            };
            recorder.push(now, Side::Browser, Codec::Opus, packet);
        });
        let [browser, phone] = heard(container, &file);
        assert_eq!((browser.len(), phone.len()), (32_000, 32_000));
        assert!(level_at(1000.0, Rate::Wide, &phone[8000..]) > 4500.0, "{container:?}");
    }
}

#[test]
fn what_nobody_takes_is_bounded() {
    let begin = start();
    let mut recorder = Recorder::new(begin, Container::Wav, 0);
    let bytes = recorder.poll(begin + Duration::from_secs(24 * 3600));
    assert!(bytes.len() <= limits::RECORDING_BYTES + 1280, "{}", bytes.len());
}
