//! What is wrong is refused or dropped, and the call beside it goes on.

use media::bridge::{Command, Direction, Event, Input, Side};
use media::client::{Change, Codec, MediaKind};
use media::phone::Socket;

use crate::support::*;

const PCMA: u8 = 8;

#[test]
fn commands_out_of_place_are_refused_and_change_nothing() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    let good = world.page().client.offer(&[Change::IceRestart]).unwrap();
    for side in [Side::Browser, Side::Phone] {
        for sdp in ["", "v=0", "m=audio 9", &"a=x\r\n".repeat(40_000), &good[..good.len() / 3]] {
            for fresh in [false, true] {
                let refused = world.command(Command::Offered { side, sdp: sdp.to_owned(), fresh });
                assert!(matches!(refused, Event::Refused { .. }), "{side:?} {refused:?}");
                let refused = world.command(Command::Answered { side, sdp: sdp.to_owned() });
                assert!(matches!(refused, Event::Refused { .. }), "{side:?} {refused:?}");
            }
        }
        let refused = world.command(Command::Accept { side });
        assert!(matches!(refused, Event::Refused { .. }), "{side:?} {refused:?}");
        world.command(Command::Describe { side, audio: Direction::Inactive, video: None, fresh: true });
        world.command(Command::Rollback { side });
        world.command(Command::Rollback { side });
    }
    world.command(Command::Candidate { candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host".into() });
    world.command(Command::Dtmf { digits: "x\u{1f600}".repeat(1000), duration_ms: u32::MAX });
    world.talk(20, Codec::PCMA, 160, PCMA);
    assert_eq!(world.page().received.len(), 20);
    assert_continuous(&world.wire);
}

#[test]
fn random_datagrams_end_nothing() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    let mut random = fastrand::Rng::with_seed(11);
    let (source, destination) = ("203.0.113.5:999".parse().unwrap(), "192.0.2.1:10000".parse().unwrap());
    for _ in 0..20_000 {
        let length = random.usize(..200);
        let mut bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
        if let Some(first) = bytes.first_mut().filter(|_| random.bool()) {
            *first = 0x80;
        }
        let sockets = [Socket::Audio, Socket::AudioRtcp, Socket::Video, Socket::VideoRtcp];
        let socket = sockets[random.usize(..4)];
        let dropped = world.bridge.handle(world.now, Input::Browser { source, destination, bytes: &bytes });
        assert!(dropped.is_err(), "{bytes:?}");
        world.bridge.handle(world.now, Input::Phone { socket, source, bytes: &bytes }).unwrap();
        while world.bridge.poll().is_some() {}
    }
    world.command(Command::Candidate { candidate: String::new() });
    world.talk(20, Codec::PCMA, 160, PCMA);
    assert!(!world.bridge.is_ended());
    assert_eq!(world.page().received.len(), 20);
}

#[test]
fn a_closed_bridge_says_goodbye_and_hears_nothing_more() {
    let mut world = World::connected(&["PCMA"], &["PCMA"]);
    let events = world.events.len();
    world.command(Command::Close);
    assert!(world.bridge.is_ended());
    let side = Side::Browser;
    world.command(Command::Accept { side });
    let page = world.pages.pop().unwrap();
    let sdp = world_offer(page);
    world.command(Command::Offered { side, sdp, fresh: true });
    assert_eq!(world.events.len(), events);
}

fn world_offer(mut page: Page) -> String {
    page.client.offer(&[Change::Add(MediaKind::Video)]).unwrap()
}
