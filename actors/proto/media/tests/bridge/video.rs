//! Pictures pass where both sides speak one codec.

use std::time::Duration;

use media::bridge::{Command, Event, Side};
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
