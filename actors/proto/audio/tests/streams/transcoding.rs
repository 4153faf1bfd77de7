//! A tone goes through every pair of codecs.

use std::time::{Duration, Instant};

use crate::sound::{PTIME, level, level_at, packets, start, tone};
use audio::{Codec, Decoder, Error, Frame, Packet, Setup, Silence, Transcoder};

fn transcoder(from: Codec, to: Codec, ptime: Duration) -> Transcoder {
    Transcoder::new(Setup { from, to, ptime, seed: 7 }).expect("a packet time of the list")
}

/// All frames due until `until`.
fn pulled(transcoder: &mut Transcoder, until: Instant) -> Vec<Frame> {
    std::iter::from_fn(|| transcoder.pull(until)).collect()
}

/// What a receiver hears of `frames`.
fn heard(codec: Codec, frames: &[Frame]) -> Vec<i16> {
    let mut decoder = Decoder::new(codec, codec.rate());
    let mut pcm = Vec::new();
    for frame in frames {
        decoder.decode(&frame.payload, &mut pcm).expect("our own payload");
    }
    pcm
}

/// One packet each 20 ms, except those that `lost` names.
fn run(from: Codec, to: Codec, ptime: Duration, lost: impl Fn(usize) -> bool) -> Vec<Frame> {
    let mut transcoder = transcoder(from, to, ptime);
    let mut now = start();
    let mut frames = Vec::new();
    for (n, packet) in packets(from, 1000.0, 100).into_iter().enumerate() {
        if !lost(n) {
            transcoder.push(now, packet);
        }
        frames.extend(pulled(&mut transcoder, now));
        now += PTIME;
    }
    frames
}

#[test]
fn a_tone_keeps_frequency_and_level_from_any_codec_to_any() {
    for from in Codec::ALL {
        for to in Codec::ALL {
            let frames = run(from, to, PTIME, |_| false);
            assert_eq!(frames.len(), 100, "{from:?} to {to:?}");
            let pcm = heard(to, &frames);
            let steady = &pcm[to.rate().samples(Duration::from_secs(1))..];
            let sent = level(&tone(1000.0, to.rate(), steady.len()));
            let there = level_at(1000.0, to.rate(), steady);
            assert!((0.8..1.2).contains(&(there / sent)), "{from:?} to {to:?}: {there} of {sent}");
            assert!(there / level(steady) > 0.95, "{from:?} to {to:?}: {there} of {}", level(steady));
        }
    }
}

#[test]
fn timestamps_and_packet_times_are_those_asked_for() {
    for ptime in audio::limits::PTIMES_MS.map(|ms| Duration::from_millis(u64::from(ms))) {
        for to in Codec::ALL {
            let frames = run(Codec::Pcma, to, ptime, |_| false);
            assert_eq!(frames.len(), (Duration::from_millis(1980).as_millis() / ptime.as_millis()) as usize + 1);
            for (n, frame) in (0_u32..).zip(&frames) {
                assert_eq!(frame.timestamp, n * to.timestamps(ptime));
            }
            let samples = to.rate().samples(ptime) * frames.len();
            assert_eq!(heard(to, &frames).len(), samples, "{to:?} {ptime:?}");
        }
    }
    let setup = Setup { from: Codec::Pcma, to: Codec::Opus, ptime: Duration::from_millis(30), seed: 0 };
    assert_eq!(Transcoder::new(setup).err(), Some(Error::PacketTime { ptime_ms: 30 }));
}

#[test]
fn a_tenth_lost_is_concealed_at_nearly_full_level() {
    for from in Codec::ALL {
        let frames = run(from, Codec::Pcmu, PTIME, |n| n % 10 == 5);
        assert_eq!(frames.len(), 100);
        assert!(frames.iter().skip(3).all(|frame| !frame.silent), "{from:?}");
        let pcm = heard(Codec::Pcmu, &frames[20..]);
        let there = level_at(1000.0, Codec::Pcmu.rate(), &pcm);
        assert!(there > 0.75 * 8000.0 / std::f64::consts::SQRT_2, "{from:?}: {there}");
    }
}

#[test]
fn when_nothing_comes_noise_is_sent_and_the_next_sound_is_marked() {
    let mut transcoder = transcoder(Codec::Opus, Codec::Pcma, PTIME);
    let mut now = start();
    let mut frames = Vec::new();
    for (n, packet) in packets(Codec::Opus, 1000.0, 150).into_iter().enumerate() {
        if (50..100).contains(&n) || n < 10 {
            frames.extend(pulled(&mut transcoder, now));
        } else {
            transcoder.push(now, packet);
            frames.extend(pulled(&mut transcoder, now));
        }
        now += PTIME;
    }
    let silent: Vec<bool> = frames.iter().map(|frame| frame.silent).collect();
    assert!(silent[..10].iter().all(|silent| *silent) && silent[60..100].iter().all(|silent| *silent));
    assert!(silent[15..50].iter().chain(&silent[105..]).all(|silent| !*silent));
    let marked: Vec<usize> = (0..frames.len()).filter(|n| frames[*n].marker).collect();
    assert_eq!(marked.len(), 2, "{marked:?}");
    assert!(marked.iter().all(|n| !frames[*n].silent && frames[*n - 1].silent));
    let noise = level(&heard(Codec::Pcma, &frames[62..98]));
    assert!((1.0..60.0).contains(&noise), "{noise}");
}

#[test]
fn a_clock_that_stood_still_leaves_frames_out_and_no_timestamp() {
    let mut transcoder = transcoder(Codec::Pcmu, Codec::Opus, PTIME);
    let now = start();
    assert_eq!(pulled(&mut transcoder, now).len(), 1);
    let later = pulled(&mut transcoder, now + Duration::from_secs(10));
    assert_eq!(later.iter().map(|frame| frame.timestamp).collect::<Vec<_>>(), [480_000]);
    assert_eq!(transcoder.due(), Some(now + Duration::from_secs(10) + PTIME));
}

#[test]
fn silence_of_each_codec_is_low_noise_of_the_right_length() {
    for codec in Codec::ALL {
        for ms in audio::limits::PTIMES_MS {
            let ptime = Duration::from_millis(u64::from(ms));
            let mut silence = Silence::new(codec, ptime, 3).expect("a packet time of the list");
            let mut decoder = Decoder::new(codec, codec.rate());
            let mut pcm = Vec::new();
            (0..50).for_each(|_| decoder.decode(&silence.frame(), &mut pcm).expect("our own payload"));
            assert_eq!(pcm.len(), 50 * codec.rate().samples(ptime));
            assert_eq!(silence.timestamps(), codec.timestamps(ptime));
            assert!(level(&pcm) < 60.0, "{codec:?} {ms}: {}", level(&pcm));
        }
    }
    assert!(Silence::new(Codec::Opus, Duration::ZERO, 3).is_err());
}

#[test]
fn no_payload_makes_a_decoder_panic() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for from in Codec::ALL {
        let mut transcoder = transcoder(from, Codec::Pcmu, PTIME);
        let mut now = start();
        for n in 0..5000 {
            let length = random() % if n % 50 == 0 { 3000 } else { 200 };
            let payload = (0..length).map(|_| random() as u8).collect();
            let sequence = 5000 + n + random() % 3;
            transcoder.push(now, Packet { sequence, timestamp: random() as u32, marker: n % 7 == 0, payload });
            assert!(pulled(&mut transcoder, now).len() <= 1);
            now += PTIME;
        }
    }
}
