//! Datagrams nobody should have sent.

use std::net::SocketAddr;
use std::time::Duration;

use media::client::{Change, MediaKind};
use media::{BadDatagram, Command, Event};

use crate::support::*;

fn stranger() -> SocketAddr {
    "203.0.113.66:6666".parse().expect("an address")
}

#[test]
fn a_flood_of_garbage_ends_nothing() {
    let mut pair = Pair::connected();
    let mut random = fastrand::Rng::with_seed(42);
    for round in 0..4000 {
        let mut bytes = vec![0; random.usize(0..200)];
        random.fill(&mut bytes);
        // Half of it in the ranges of STUN, DTLS, RTP and RTCP, so that it gets past the door.
        if let (Some(first), 0) = (bytes.first_mut(), round % 2) {
            *first = [0, 1, 22, 23, 128, 144][random.usize(0..6)];
        }
        let source = if round % 3 == 0 { stranger() } else { pair.browser_address };
        pair.inject(source, &bytes);
    }
    pair.talk(50);
    assert_eq!(pair.audio_back(0).len(), 50);
    assert!(pair.bad.len() > 1000);
    assert!(!pair.events.iter().any(|e| matches!(e, Event::Failed { .. } | Event::Disconnected)));
}

#[test]
fn damaged_copies_of_real_datagrams_end_nothing() {
    let mut pair = Pair::connected();
    let mut random = fastrand::Rng::with_seed(43);
    let handshake = [22_u8, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 50, 1, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0, 38, 254, 253];
    for _ in 0..2000 {
        let mut bytes = handshake.to_vec();
        bytes.resize(random.usize(13..120), 0);
        let place = random.usize(0..bytes.len());
        bytes[place] = random.u8(..);
        pair.inject(pair.browser_address, &bytes);
    }
    pair.talk(20);
    assert_eq!(pair.audio_back(0).len(), 20);
}

#[test]
fn dtls_before_any_check_is_refused() {
    let mut pair = Pair::new();
    pair.negotiate(&[Change::Add(MediaKind::Audio)]);
    let hello = [22_u8, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0];
    pair.inject(stranger(), &hello);
    pair.inject(stranger(), &[0x80; 60]);
    assert_eq!(pair.bad, [BadDatagram::Unvalidated, BadDatagram::Unvalidated]);
    pair.run(Duration::from_secs(2));
    assert!(pair.browser.is_connected());
    assert_eq!(pair.validated, [browser_address()]);
}

#[test]
fn a_check_with_a_wrong_password_validates_nothing() {
    let mut pair = Pair::new();
    pair.negotiate(&[Change::Add(MediaKind::Audio)]);
    let ufrag = pair.ufrags[0].clone();
    let username = format!("{ufrag}:x");
    let mut check = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    check.extend([9; 12]);
    check.extend([0, 6, 0, username.len() as u8]);
    check.extend(username.as_bytes());
    check.resize(check.len().next_multiple_of(4), 0);
    check.extend([0, 8, 0, 20]);
    check.extend([0; 20]);
    check[3] = (check.len() - 20) as u8;
    assert_eq!(media::stun::binding_request_ufrag(&check), Some(ufrag.as_bytes()));
    pair.inject(stranger(), &check);
    assert!(matches!(pair.bad[..], [BadDatagram::Unauthenticated | BadDatagram::Malformed]), "{:?}", pair.bad);
    assert_eq!(pair.validated, []);
}

#[test]
fn mutated_offers_never_panic() {
    let mut random = fastrand::Rng::with_seed(44);
    let own = Pair::new().browser.offer(&[Change::Add(MediaKind::Audio), Change::Add(MediaKind::Video)]);
    let offers = [own.expect("an offer"), crate::negotiation::BROWSERS[0].1.to_owned()];
    let (mut answered, mut refused) = (0, 0);
    for round in 0..300 {
        let offer = mutated(&offers[round % 2], &mut random);
        let mut pair = Pair::new();
        pair.command(Command::Offer(offer.clone()));
        match pair.events.first() {
            Some(Event::Answer { .. }) => answered += 1,
            Some(Event::Failed { .. }) => refused += 1,
            other => panic!("{other:?} to {offer}"),
        }
    }
    assert!(answered > 20 && refused > 20, "{answered} answered, {refused} refused");
}

#[test]
fn mutated_re_offers_are_answered_refused_or_end_the_peer() {
    let mut random = fastrand::Rng::with_seed(45);
    for _ in 0..5 {
        let mut pair = Pair::connected();
        for _ in 0..20 {
            let Some(offer) = pair.browser.offer(&[Change::IceRestart]) else { continue };
            let (before, ended) = (pair.events.len(), pair.peer.is_ended());
            pair.command(Command::Offer(mutated(&offer, &mut random)));
            assert_eq!(pair.events.len(), before + usize::from(!ended), "one event for each offer");
        }
        pair.run(Duration::from_secs(1));
        let failed = pair.events.iter().any(|event| matches!(event, Event::Failed { .. }));
        assert_eq!(pair.peer.is_ended(), failed);
    }
}

/// Drops, doubles and cuts a few lines.
fn mutated(offer: &str, random: &mut fastrand::Rng) -> String {
    let mut lines: Vec<&str> = offer.lines().collect();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(0..lines.len());
        match random.u8(0..3) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[random.usize(0..lines.len())]),
            _ => lines[at] = &lines[at][..random.usize(0..=lines[at].len())],
        }
    }
    lines.join("\r\n")
}
