//! What each side hears, whatever the other does.

use std::time::Duration;

use media::bridge::{Command, Direction, Event, Record, Side};
use media::client::{Change, Codec, MediaKind};
use media::dtmf::Report;
use media::{Certificate, Input, Kind, Output, Peer, Setup};

use crate::support::*;

const PCMA: u8 = 8;

#[test]
fn sound_of_one_codec_passes_both_ways_untouched() {
    let mut world = World::connected(&["PCMA", "PCMU"], &["PCMA"]);
    let before = world.wire.len();
    world.talk(100, Codec::PCMA, 160, PCMA);
    let heard: Vec<_> =
        world.heard.iter().filter(|packet| packet.payload.iter().all(|b| *b == packet.payload[0])).collect();
    assert_eq!(heard.iter().rev().take(100).count(), 100);
    let wire = world.wire[before..].to_vec();
    assert_continuous(&wire);
    let received = &world.page().received;
    assert_eq!(received.len(), 100);
    assert!(received.windows(2).all(|p| p[1].sequence == p[0].sequence + 1 && p[1].ssrc == p[0].ssrc));
    assert!(received.windows(2).all(|p| p[1].timestamp.wrapping_sub(p[0].timestamp) == 160));
    assert!(received.iter().all(|packet| packet.payload_type == PCMA && packet.payload.len() == 160));
    assert!(world.events.contains(&Event::Connected { side: Side::Browser }));
    assert!(world.events.contains(&Event::Connected { side: Side::Phone }));
}

#[test]
fn the_phones_codec_stands_first_in_what_the_browser_gets() {
    let mut world = World::new(&["opus", "PCMA", "PCMU"], &["PCMU"]);
    world.open_page();
    let sdp = world.page().client.offer(&[Change::Add(MediaKind::Audio)]).unwrap();
    world.command(Command::Offered { side: Side::Browser, sdp, fresh: false });
    world.call_phone(None);
    let Event::Answer { sdp, .. } = world.command(Command::Accept { side: Side::Browser }) else { panic!("no answer") };
    let line = sdp.lines().find(|line| line.starts_with("m=audio")).unwrap();
    assert!(line.split(' ').nth(3) == Some("0"), "{line}");
}

#[test]
fn a_reload_is_not_heard_by_the_phone() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    world.talk(50, Codec::PCMA, 160, PCMA);
    let _ = world.page().client.close();
    world.run(Duration::from_secs(3));
    let gone = world.page().address;
    world.open_page();
    let sdp = world.page().client.offer(&[Change::Add(MediaKind::Audio)]).unwrap();
    let offered = world.command(Command::Offered { side: Side::Browser, sdp, fresh: true });
    assert!(matches!(offered, Event::Offered { side: Side::Browser, .. }), "{offered:?}");
    world.accept_browser();
    world.run(Duration::from_secs(1));
    world.talk(50, Codec::PCMA, 160, PCMA);
    assert_eq!(world.page().received.len(), 50);
    assert_eq!(world.forgotten, [gone]);
    assert_continuous(&world.wire);
    let steps: Vec<u32> = world.wire.windows(2).map(|w| w[1].timestamp.wrapping_sub(w[0].timestamp)).collect();
    // Three seconds without a page are filled: no step is longer than the patience for one.
    assert!(steps.iter().all(|step| (1..=640).contains(step)), "{steps:?}");
    assert!(world.wire.len() > 250, "{}", world.wire.len());
}

#[test]
fn our_own_fresh_offer_takes_over_when_it_is_answered() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    world.talk(20, Codec::PCMA, 160, PCMA);
    let side = Side::Browser;
    let audio = Direction::SendRecv;
    let offer = world.command(Command::Describe { side, audio, video: None, fresh: true });
    let Event::Offer { sdp, .. } = offer else { panic!("{offer:?}") };
    assert!(sdp.contains("m=audio 9 UDP/TLS/RTP/SAVPF 8 "), "{sdp}");
    world.talk(20, Codec::PCMA, 160, PCMA);
    assert_eq!(world.page().received.len(), 40, "the old page goes on");
    world.command(Command::Rollback { side });
    world.talk(20, Codec::PCMA, 160, PCMA);
    assert_eq!(world.page().received.len(), 60);
    assert_continuous(&world.wire);
}

#[test]
fn a_hold_by_the_phone_is_answered_and_ends() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    world.talk(20, Codec::PCMA, 160, PCMA);
    for (direction, silent) in [(Direction::SendOnly, true), (Direction::SendRecv, false)] {
        let sdp = world.phone.describe(direction, None, false).unwrap();
        let offered = world.command(Command::Offered { side: Side::Phone, sdp, fresh: false });
        assert_eq!(offered, Event::Offered { side: Side::Phone, audio: direction, video: None });
        let Event::Answer { sdp, .. } = world.command(Command::Accept { side: Side::Phone }) else {
            panic!("no answer")
        };
        let now = world.now;
        world.phone.answered(now, &sdp).unwrap();
        world.run(LATENCY * 3);
        let before = world.wire.len();
        world.talk(20, Codec::PCMA, 160, PCMA);
        assert_eq!(world.wire.len() == before, silent);
    }
    assert_continuous(&world.wire);
    assert_eq!(world.page().received.len(), 60);
}

#[test]
fn keys_go_to_the_phone_and_come_from_it() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    world.talk(20, Codec::PCMA, 160, PCMA);
    world.command(Command::Dtmf { digits: "1#".into(), duration_ms: 100 });
    world.talk(50, Codec::PCMA, 160, PCMA);
    assert_eq!(world.keys, ['1', '#']);
    let now = world.now;
    assert!(world.phone.send_dtmf(now, '7', Duration::from_millis(100)));
    world.run(Duration::from_secs(1));
    assert!(world.events.iter().any(|e| matches!(e, Event::Dtmf { side: Side::Phone, digit: '7', .. })));
    world.talk(20, Codec::PCMA, 160, PCMA);
    let received = &world.page().received;
    assert_eq!(received.len(), 90);
    assert!(received.windows(2).all(|p| p[1].sequence == p[0].sequence + 1), "a key leaves no gap");
    assert_continuous(&world.wire);
    assert!(!world.events.iter().any(|e| matches!(e, Event::DtmfFailed { .. })));
    world.command(Command::Dtmf { digits: "x1".into(), duration_ms: 100 });
    world.run(Duration::from_secs(1));
    assert!(world.events.iter().any(|e| matches!(e, Event::DtmfFailed { .. })), "it is no key");
}

#[test]
fn a_key_in_the_browser_is_told_and_goes_no_further() {
    let mut world = World::connected(&["opus"], &["opus"]);
    let audio = world.page().client.mids()[0];
    for step in 1..=8_u16 {
        let report = Report { event: 5, end: step > 5, volume: 10, duration: 960 * step.min(6) };
        let now = world.now;
        assert!(world.page().client.send(now, audio, Codec::Tele, 0, step == 1, &report.to_bytes()));
        world.run(PERIOD);
    }
    world.run(Duration::from_secs(1));
    assert!(world.keys.is_empty(), "the call's owner may send it by INFO");
    assert!(world.events.iter().any(|e| matches!(e, Event::Dtmf { side: Side::Browser, digit: '5', .. })));
}

#[test]
fn codecs_that_differ_are_transcoded_both_ways() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    let (before, heard) = (world.wire.len(), world.heard.len());
    // The page sends another codec than the one it was asked for first.
    world.talk(100, Codec::PCMU, 160, PCMA);
    let wire = &world.wire[before..];
    assert!((95..=110).contains(&wire.len()), "{}", wire.len());
    assert!(wire.iter().all(|packet| packet.payload_type == PCMA));
    assert_continuous(&world.wire);
    let spoken = world.heard[heard..].iter().filter(|packet| packet.payload.len() == 160).count();
    assert!(spoken >= 90, "{spoken}");
    world.talk(20, Codec::PCMA, 160, PCMA);
    assert_continuous(&world.wire);
    assert_eq!(world.page().received.len(), 120);
}

#[test]
fn opus_of_the_browser_reaches_a_phone_without_it() {
    let mut world = World::connected(&["PCMU"], &["PCMU"]);
    let audio = world.page().client.mids()[0];
    let mut encoder = audio::Encoder::new(audio::Codec::Opus, audio::Rate::Wide);
    let (mut from, mut phase) = (world.heard.len(), 0_u32);
    for _ in 0..50 {
        let pcm: Vec<i16> = (0..320)
            .map(|_| {
                phase += 1;
                if phase / 20 % 2 == 0 { 8000 } else { -8000 }
            })
            .collect();
        let mut payload = Vec::new();
        encoder.encode(&pcm, &mut payload).unwrap();
        let now = world.now;
        assert!(world.page().client.send(now, audio, Codec::Opus, 960, false, &payload));
        world.run(PERIOD);
    }
    world.run(LATENCY * 3);
    assert_continuous(&world.wire);
    from += 20;
    let loud =
        world.heard[from..].iter().filter(|packet| packet.payload.iter().any(|sample| sample & 0x7f < 0x30)).count();
    assert!(loud >= 25, "{loud} of {}", world.heard.len() - from);
}

#[test]
fn both_sides_are_copied_while_they_are_recorded() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    for (verb, copied) in [(Record::Start, 10), (Record::Pause, 0), (Record::Resume, 10), (Record::Stop, 0)] {
        world.copies.clear();
        world.command(Command::Record(verb));
        world.talk(10, Codec::PCMA, 160, PCMA);
        let count = |side| world.copies.iter().filter(|(_, copy)| copy.side == side).count();
        assert_eq!((count(Side::Browser), count(Side::Phone)), (copied, copied), "{verb:?}");
    }
}

#[test]
fn our_fresh_offer_that_is_answered_lets_the_old_page_go() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    let applied = described_afresh(&mut world, Direction::SendRecv);
    assert!(matches!(applied, Event::Applied { telephone_event: true, audio: Direction::SendRecv, .. }), "{applied:?}");
    assert_eq!(world.forgotten, [world.pages[0].address]);
}

#[test]
fn sound_that_flows_neither_way_is_a_hold_and_no_fault() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    let applied = described_afresh(&mut world, Direction::Inactive);
    assert!(matches!(applied, Event::Applied { audio: Direction::Inactive, video: None, .. }), "{applied:?}");
}

/// What becomes of our fresh offer when another page answers it.
fn described_afresh(world: &mut World, audio: Direction) -> Event {
    let side = Side::Browser;
    let Event::Offer { sdp, .. } = world.command(Command::Describe { side, audio, video: None, fresh: true }) else {
        panic!("no offer")
    };
    let certificate = Certificate::generate().unwrap();
    let setup = Setup { kind: Kind::Echo, candidates: vec![([198, 51, 100, 9], 4).into()], certificate, seed: 1 };
    let mut page = Peer::new(world.now, &setup);
    page.handle(world.now, Input::Command(media::Command::Offer(sdp))).unwrap();
    let answer = std::iter::from_fn(|| page.poll()).find_map(|output| match output {
        Output::Event(media::Event::Answer { sdp }) => Some(sdp),
        _ => None,
    });
    world.command(Command::Answered { side, sdp: answer.unwrap() })
}

#[test]
fn a_hold_of_ours_lasts_through_an_offer_of_the_phone_and_a_refused_one_does_not() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    let side = Side::Phone;
    let hold = Command::Describe { side, audio: Direction::Inactive, video: None, fresh: false };
    world.command(hold.clone());
    world.command(Command::Rollback { side });
    for (held, line) in [(false, "a=sendrecv"), (true, "a=inactive")] {
        if held {
            let Event::Offer { sdp, .. } = world.command(hold.clone()) else { panic!("no offer") };
            world.phone.offered(&sdp, false).unwrap();
            let (sdp, _) = world.phone.accept(world.now, Direction::SendRecv, None).unwrap();
            world.command(Command::Answered { side, sdp });
        }
        let sdp = world.phone.describe(Direction::SendRecv, None, false).unwrap();
        world.command(Command::Offered { side, sdp, fresh: false });
        let Event::Answer { sdp, .. } = world.command(Command::Accept { side }) else { panic!("no answer") };
        assert!(sdp.contains(line), "{sdp}");
        world.phone.answered(world.now, &sdp).unwrap();
    }
}

#[test]
fn every_codec_passes_untouched_under_the_numbers_of_each_side() {
    let codecs = [("PCMU", Codec::PCMU, 160, 0), ("G722", Codec::G722, 160, 9), ("opus", Codec::Opus, 960, 96)];
    for (name, codec, units, payload_type) in codecs {
        let mut world = World::connected(&[name], &[name]);
        let before = world.wire.len();
        world.talk(20, codec, units, payload_type);
        let wire = &world.wire[before..];
        assert!(wire.len() >= 20 && wire.iter().all(|packet| packet.payload_type == payload_type), "{name} {wire:?}");
        assert_continuous(&world.wire);
        let said = world.heard.iter().rev().take(20).filter(|packet| packet.payload.len() == 160);
        assert_eq!(said.count(), 20, "{name}");
        let received = &world.page().received;
        assert_eq!(received.len(), 20, "{name}");
        assert!(received.iter().all(|packet| packet.payload.len() == 160), "{name}");
    }
}
