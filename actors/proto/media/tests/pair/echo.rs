//! What comes back, and how.

use std::time::Duration;

use media::Event;
use media::client::{Change, Codec};
use media::dtmf::Report;

use crate::support::*;

#[test]
fn audio_comes_back_unchanged_with_our_own_ssrc() {
    let mut pair = Pair::connected();
    pair.talk(100);
    let back = pair.audio_back(0);
    assert_eq!(back.len(), 100);
    assert_continuous(&back);
    for (index, packet) in back.iter().enumerate() {
        assert_eq!(packet.payload[..], [index as u8; 80]);
    }
    assert!(back.windows(2).all(|p| p[1].timestamp.wrapping_sub(p[0].timestamp) == OPUS_FRAME));
    assert_eq!(pair.bad, []);
}

#[test]
fn the_cipher_is_aes_gcm() {
    let mut pair = Pair::connected();
    pair.talk(10);
    assert_eq!(pair.srtp_sizes.len(), 10);
    // Header, extensions and our payload fill words; a tag of 16 bytes (RFC 7714 5.1) does
    // too, the 10 bytes of HMAC-SHA1-80 would not.
    assert!(pair.srtp_sizes.iter().all(|size| size % 4 == 0), "{:?}", pair.srtp_sizes);
}

#[test]
fn pcmu_and_vp8_come_back_too() {
    let mut pair = Pair::connected();
    let (audio, video) = (pair.audio(), pair.video());
    for _ in 0..10 {
        assert!(pair.browser.send(pair.now, audio, Codec::PCMU, 160, false, &[0xff; 160]));
        assert!(pair.browser.send(pair.now, video, Codec::Vp8, 1800, true, &[0x10; 1100]));
        pair.run(Duration::from_millis(20));
    }
    pair.run(LATENCY * 3);
    let video_back: Vec<_> = pair.received.iter().filter(|p| p.mid == video).cloned().collect();
    assert_eq!((pair.audio_back(0).len(), video_back.len()), (10, 10));
    assert_continuous(&video_back);
    assert!(video_back.iter().all(|p| p.marker && p.payload.len() == 1100));
}

#[test]
fn a_change_of_ssrc_is_not_seen_on_the_way_back() {
    let mut pair = Pair::connected();
    pair.talk(20);
    let audio = pair.audio();
    pair.browser.change_ssrc(audio, 0x1234_5678);
    pair.talk(20);
    let back = pair.audio_back(0);
    assert_eq!(back.len(), 40);
    assert_continuous(&back);
    let step = back[20].timestamp.wrapping_sub(back[19].timestamp);
    assert!((OPUS_FRAME..48_000).contains(&step), "{step}");
}

#[test]
fn an_ice_restart_is_not_seen_on_the_way_back() {
    let mut pair = Pair::connected();
    pair.talk(20);
    pair.negotiate(&[Change::IceRestart]);
    pair.talk(100);
    let back = pair.audio_back(0);
    assert_eq!(back.len(), 120);
    assert_continuous(&back);
    assert_eq!(pair.ufrags.len(), 2, "the fragment of the restart is told");
    assert!(!pair.events.contains(&Event::Disconnected));
}

#[test]
fn a_gap_of_silence_passes_as_time() {
    let mut pair = Pair::connected();
    pair.talk(10);
    pair.run(Duration::from_secs(20));
    let audio = pair.audio();
    pair.browser.send(pair.now, audio, Codec::Opus, 20 * 48_000, false, &[1; 80]);
    pair.run(LATENCY * 3);
    let back = pair.audio_back(0);
    assert_continuous(&back);
    assert_eq!(back[10].timestamp.wrapping_sub(back[9].timestamp), 20 * 48_000);
}

#[test]
fn keys_are_told_and_not_echoed() {
    let mut pair = Pair::connected();
    pair.talk(5);
    let audio = pair.audio();
    for key in [5_u8, 11] {
        for step in 1..=8_u16 {
            let report = Report { event: key, end: step > 5, volume: 10, duration: 960 * step.min(6) };
            let advance = if step == 1 { 20 * OPUS_FRAME } else { 0 };
            assert!(pair.browser.send(pair.now, audio, Codec::Tele, advance, step == 1, &report.to_bytes()));
            pair.run(Duration::from_millis(20));
        }
    }
    pair.talk(5);
    let digits: Vec<_> = pair.events.iter().filter(|e| matches!(e, Event::Dtmf { .. })).cloned().collect();
    let duration = Duration::from_millis(120);
    assert_eq!(digits, [Event::Dtmf { digit: '5', duration }, Event::Dtmf { digit: '#', duration }]);
    let back = pair.audio_back(0);
    assert_eq!(back.len(), 10);
    assert_continuous(&back);
}

#[test]
fn a_key_whose_ends_are_lost_is_told_after_silence() {
    let mut pair = Pair::connected();
    let audio = pair.audio();
    let report = Report { event: 1, end: false, volume: 10, duration: 4800 };
    pair.browser.send(pair.now, audio, Codec::Tele, 0, true, &report.to_bytes());
    pair.run(Duration::from_secs(1));
    assert!(pair.events.contains(&Event::Dtmf { digit: '1', duration: Duration::from_millis(100) }));
}

#[test]
fn a_wish_for_a_keyframe_reaches_the_encoder_that_can_grant_it() {
    let mut pair = Pair::connected();
    let video = pair.video();
    pair.browser.send(pair.now, video, Codec::Vp8, 3000, true, &[0x10; 500]);
    pair.run(LATENCY * 3);
    assert_eq!(pair.keyframe_requests, []);
    pair.browser.request_keyframe(video);
    pair.run(Duration::from_millis(200));
    assert_eq!(pair.keyframe_requests, [video]);
}

#[test]
fn a_lost_video_packet_is_asked_for_and_sent_again() {
    let mut pair = Pair::connected();
    let video = pair.video();
    for index in 0..60 {
        pair.cut = index == 30;
        pair.browser.send(pair.now, video, Codec::Vp8, 3000, true, &[index; 900]);
        pair.run(Duration::from_millis(5));
        pair.cut = false;
        pair.run(Duration::from_millis(28));
    }
    pair.run(Duration::from_millis(500));
    let mut seen: Vec<u8> = pair.received.iter().map(|p| p.payload[0]).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..60).collect::<Vec<u8>>());
}

#[test]
fn statistics_come_every_five_seconds() {
    let mut pair = Pair::connected();
    pair.talk(600);
    assert!(pair.stats.len() >= 2, "{:?}", pair.stats);
    let last = pair.stats.last().expect("statistics");
    assert!(last.packets_in >= 400 && last.packets_out >= 400, "{last:?}");
    assert!(last.bytes_in >= last.packets_in * 80, "{last:?}");
    let rtt = last.rtt.expect("round trip");
    assert!((LATENCY * 2..LATENCY * 4).contains(&rtt), "{rtt:?}");
    assert!(last.jitter_in.is_some_and(|jitter| jitter < Duration::from_millis(5)), "{last:?}");
}
