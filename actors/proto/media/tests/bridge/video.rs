//! Pictures pass where both sides speak one codec.

use std::time::Duration;

use media::bridge::{Command, Direction, Event, Side};
use media::client::{Change, Codec, MediaKind};
use media::phone::{Medium, Packet};

use crate::support::*;

#[test]
fn pictures_pass_both_ways_and_keyframes_are_asked_for() {
    let mut world = World::with_video();
    let video = world.page().client.mids()[1];
    for index in 1..=30_u64 {
        let now = world.now;
        assert!(world.page().client.send(now, video, Codec::Vp8, 3000, true, &[0x10; 900]));
        let (timestamp, payload) = (index as u32 * 3000, [0x20; 700]);
        let packet = Packet { payload_type: 97, sequence: index, timestamp, marker: true, payload: &payload };
        world.phone.send(now, Medium::Video, &packet);
        world.run(Duration::from_millis(33));
    }
    world.run(LATENCY * 3);
    assert_eq!(world.seen.len(), 30);
    assert!(world.seen.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1));
    assert!(world.seen.iter().all(|packet| packet.payload == [0x10; 900] && packet.marker));
    let received = world.page().received.iter().filter(|packet| packet.mid == video && packet.payload.len() == 700);
    assert_eq!(received.count(), 30);
    let before = world.keyframes;
    world.page().client.request_keyframe(video);
    let now = world.now;
    world.phone.request_keyframe(now);
    world.run(Duration::from_millis(500));
    assert!(world.keyframes.0 > before.0 && world.keyframes.1 > before.1, "{:?}", world.keyframes);
}

#[test]
fn a_phone_without_video_stops_that_of_the_browser() {
    let mut world = World::new(&["PCMA"], &["PCMA"]);
    world.open_page();
    let changes = [Change::Add(MediaKind::Audio), Change::Add(MediaKind::Video)];
    let sdp = world.page().client.offer(&changes).unwrap();
    world.command(Command::Offered { side: Side::Browser, sdp, fresh: false });
    world.call_phone(None);
    let Event::Answer { sdp, .. } = world.command(Command::Accept { side: Side::Browser }) else { panic!("no answer") };
    let (audio, video) = sdp.split_once("m=video").unwrap();
    assert!(audio.contains("a=sendrecv") && video.contains("a=inactive"), "{sdp}");
}

/// The page's payload types of H.264: Baseline and Constrained Baseline, in packetization mode 1 and 0.
const PAGE: [(u8, &str, u8); 4] = [(127, "42001f", 1), (125, "42001f", 0), (108, "42e01f", 1), (124, "42e01f", 0)];

/// Which of the page's are heard by a phone that takes that one only, and which of the page's that phone's packets are.
fn relayed(phone: u8) -> (Vec<u8>, Vec<u8>) {
    let mut world = World::with_video_as(&phone.to_string(), None);
    let video = world.page().client.mids()[1];
    for round in 1..=3_u8 {
        for (index, (payload_type, ..)) in PAGE.iter().enumerate() {
            let now = world.now;
            assert!(world.page().client.send_as(now, video, *payload_type, 3000, true, &[*payload_type; 90]));
            assert!(world.page().client.send(now, video, Codec::Vp8, 3000, true, &[1; 90]), "of no use to the phone");
            let sequence = u64::from(round) * 10 + index as u64;
            let payload = [0x7c, phone];
            let packet = Packet { payload_type: phone, sequence, timestamp: 3000, marker: true, payload: &payload };
            world.phone.send(now, Medium::Video, &packet);
            world.run(Duration::from_millis(33));
        }
    }
    world.run(LATENCY * 3);
    assert!(world.seen.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1), "no gaps: {:?}", world.seen);
    assert!(world.seen.iter().all(|packet| packet.payload_type == phone));
    let mut heard: Vec<u8> = world.seen.iter().map(|packet| packet.payload[0]).collect();
    assert!(
        heard.iter().all(|of| heard.iter().filter(|other| *other == of).count() % 3 == 0),
        "all or none: {heard:?}"
    );
    heard.sort_unstable();
    heard.dedup();
    let received =
        world.page().received.iter().filter(|packet| packet.mid == video && packet.payload[..] == [0x7c, phone]);
    let mut received: Vec<u8> = received.map(|packet| packet.payload_type).collect();
    received.dedup();
    (heard, received)
}

/// RFC 6184 section 8.1: a decoder of Baseline takes Constrained Baseline, one of mode 1 takes mode 0, and not the other
/// way.
#[test]
fn h264_passes_to_who_takes_its_profile_and_its_packetization_mode_only() {
    assert_eq!(relayed(98).0, [108, 124], "Constrained Baseline, mode 1");
    assert_eq!(relayed(99).0, [124], "Constrained Baseline, mode 0");
    assert_eq!(relayed(102).0, [108, 124, 125, 127], "Baseline, mode 1");
    assert_eq!(relayed(103).0, [124, 125], "Baseline, mode 0");
    assert_eq!(relayed(97).0, [1], "VP8");
    // The page takes all four: what comes is named by one that may carry it.
    for (phone, profile, mode) in [(98, "42e01f", 1), (99, "42e01f", 0), (102, "42001f", 1), (103, "42001f", 0)] {
        let (_, received) = relayed(phone);
        let named = PAGE.iter().filter(|(of, ..)| received.contains(of)).collect::<Vec<_>>();
        let carries = |of: &&(u8, &str, u8)| of.2 >= mode && (of.1 == profile || profile == "42e01f");
        assert!(named.len() == 1 && received.len() == 1 && named.iter().all(carries), "{phone}: {received:?}");
    }
}

#[test]
fn the_page_is_answered_with_the_h264_that_the_phone_takes_first() {
    for (phone, first) in [("98", "108"), ("99", "124")] {
        let mut world = World::with_video_as(phone, None);
        let Event::Offer { sdp, .. } = world.command(Command::Describe {
            side: Side::Browser,
            audio: Direction::SendRecv,
            video: Some(Direction::SendRecv),
            fresh: false,
        }) else {
            panic!("no offer")
        };
        let line = sdp.lines().find(|line| line.starts_with("m=video")).unwrap();
        assert_eq!(line.split(' ').nth(3), Some(first), "{line}");
    }
}

#[test]
fn a_page_that_takes_another_packetization_mode_only_is_sent_nothing() {
    for (page, passes) in [("124", false), ("108", true)] {
        let mut world = World::with_video_as("98", Some(page));
        let video = world.page().client.mids()[1];
        for sequence in 1..=20 {
            let packet = Packet { payload_type: 98, sequence, timestamp: 3000, marker: true, payload: &[0x7c; 50] };
            world.phone.send(world.now, Medium::Video, &packet);
            world.run(Duration::from_millis(33));
        }
        let came = world.page().received.iter().any(|packet| packet.mid == video && packet.payload.len() == 50);
        assert_eq!(came, passes, "{page}");
    }
}

/// With these payload types of video alone.
pub fn narrowed(sdp: &str, taken: &str) -> String {
    let (before, video) = sdp.split_once("m=video ").unwrap();
    let number = |line: &str| {
        let value = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"].iter().find_map(|name| line.strip_prefix(name));
        value.and_then(|value| value.split(' ').next()).map(str::to_owned)
    };
    let is_left = |line: &&str| number(line).is_none_or(|number| taken.split(' ').any(|one| one == number));
    let (head, lines) = video.split_once("\r\n").unwrap();
    let head: Vec<&str> = head.split(' ').take(2).chain([taken]).collect();
    let lines: String = lines.lines().filter(is_left).map(|line| format!("{line}\r\n")).collect();
    format!("{before}m=video {}\r\n{lines}", head.join(" "))
}
