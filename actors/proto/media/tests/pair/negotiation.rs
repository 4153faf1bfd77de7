//! Offers, re-offers, loss of the network and the end.

use std::time::Duration;

use media::client::{Change, Codec, Direction, MediaKind};
use media::limits::{CONNECT_TIMEOUT, DISCONNECTED_TIMEOUT};
use media::{Command, Event, Input};

use crate::support::*;

/// As the browsers sent them; `tests/vectors/sdp` says of which version.
pub const BROWSERS: [(&str, &str); 4] = [
    ("Chrome", include_str!("../../../../../tests/vectors/sdp/chrome-offer.in.sdp")),
    ("Chrome, trickle", include_str!("../../../../../tests/vectors/sdp/chrome-trickle-offer.in.sdp")),
    ("Firefox", include_str!("../../../../../tests/vectors/sdp/firefox-offer.in.sdp")),
    ("Safari", include_str!("../../../../../tests/vectors/sdp/safari-offer.in.sdp")),
];

#[test]
fn video_is_added_to_a_running_call() {
    let mut pair = Pair::new();
    pair.negotiate(&[Change::Add(MediaKind::Audio)]);
    pair.run(Duration::from_secs(2));
    pair.talk(10);
    pair.negotiate(&[Change::Add(MediaKind::Video)]);
    let video = pair.video();
    for _ in 0..10 {
        assert!(pair.browser.send(pair.now, video, Codec::Vp8, 3000, true, &[0x10; 900]));
        pair.talk(1);
    }
    assert_eq!(pair.received.iter().filter(|p| p.mid == video).count(), 10);
    let back = pair.audio_back(0);
    assert_eq!(back.len(), 20);
    assert_continuous(&back);
}

#[test]
fn nothing_is_sent_to_a_browser_that_holds() {
    let mut pair = Pair::connected();
    pair.talk(5);
    hold(&mut pair, Direction::SendOnly);
    pair.talk(5);
    assert_eq!(pair.audio_back(0).len(), 5);
    hold(&mut pair, Direction::SendRecv);
    pair.talk(5);
    assert_eq!(pair.audio_back(0).len(), 10);
}

#[test]
fn the_answer_names_our_addresses_and_takes_what_the_browser_offers() {
    let mut pair = Pair::new();
    let offer = pair.browser.offer(&[Change::Add(MediaKind::Audio), Change::Add(MediaKind::Video)]).expect("an offer");
    let answer = pair.answer_to(offer);
    assert!(answer.contains("192.0.2.1 10000 typ host"), "{answer}");
    for codec in ["opus/48000/2", "PCMU/8000", "PCMA/8000", "G722/8000", "telephone-event/8000", "VP8/90000"] {
        assert!(answer.contains(codec), "{codec} in {answer}");
    }
    assert!(answer.contains("a=setup:passive") && answer.contains("a=rtcp-mux"), "{answer}");
}

#[test]
fn recorded_offers_of_browsers_are_answered() {
    for (browser, offer) in BROWSERS {
        let mut pair = Pair::new();
        let answer = pair.answer_to(offer.into());
        let offered = offer.lines().filter(|line| line.starts_with("m=")).count();
        let taken: Vec<&str> = answer.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(taken.len(), offered, "{browser}: {answer}");
        let media = || taken.iter().filter(|line| !line.starts_with("m=application"));
        assert!(media().all(|line| line.contains(" 9 UDP/TLS/RTP/SAVPF ")), "{browser}: {taken:?}");
        assert!(answer.contains("opus/48000/2"), "{browser}: {answer}");
    }
}

#[test]
fn a_peer_without_an_offer_ends_in_time() {
    let mut pair = Pair::new();
    pair.run(CONNECT_TIMEOUT - Duration::from_secs(1));
    assert!(!pair.peer.is_ended());
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.events, [Event::Failed { detail: "no offer came in time".into() }]);
}

#[test]
fn a_bad_first_offer_ends_the_peer_and_says_why() {
    let mut pair = Pair::new();
    pair.command(Command::Offer("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".into()));
    assert_eq!(pair.events, [Event::Failed { detail: "the offer has no a=ice-ufrag".into() }]);
    assert!(pair.peer.is_ended());
}

#[test]
fn a_bad_re_offer_is_refused_and_the_call_goes_on() {
    let mut pair = Pair::connected();
    pair.talk(5);
    let good = pair.browser.offer(&[Change::IceRestart]).expect("an offer");
    let from = good.find("m=audio").expect("audio");
    let to = good.find("m=video").expect("video");
    let swapped = format!("{}{}{}", &good[..from], &good[to..], &good[from..to]);
    let truncated = good[..good.len() / 2].to_owned();
    for bad in [swapped, truncated, String::new(), "\u{0}".repeat(2000), good.replace("a=mid:", "a=mad:")] {
        let before = pair.events.len();
        pair.command(Command::Offer(bad));
        assert!(matches!(pair.events[before..], [Event::Refused { .. }]), "{:?}", &pair.events[before..]);
    }
    pair.talk(50);
    assert_eq!(pair.audio_back(0).len(), 55);
}

#[test]
fn a_network_that_goes_and_comes_back_keeps_the_peer() {
    let mut pair = Pair::connected();
    pair.talk(5);
    pair.cut = true;
    pair.run(Duration::from_secs(40));
    assert!(pair.events.contains(&Event::Disconnected), "{:?}", pair.events);
    pair.cut = false;
    pair.negotiate(&[Change::IceRestart]);
    pair.run(Duration::from_secs(5));
    let tail = pair.events.iter().rposition(|e| *e == Event::Disconnected).expect("above");
    assert!(pair.events[tail..].contains(&Event::Connected), "{:?}", &pair.events[tail..]);
    let before = pair.received.len();
    pair.talk(10);
    assert_eq!(pair.audio_back(before).len(), 10);
}

#[test]
fn a_network_that_stays_away_ends_the_peer() {
    let mut pair = Pair::connected();
    pair.cut = true;
    pair.run(Duration::from_secs(40) + DISCONNECTED_TIMEOUT);
    assert!(matches!(pair.events.last(), Some(Event::Failed { .. })), "{:?}", pair.events.last());
    assert!(pair.peer.is_ended());
}

#[test]
fn a_browser_that_never_comes_ends_the_peer() {
    let mut pair = Pair::new();
    pair.cut = true;
    pair.negotiate(&[Change::Add(MediaKind::Audio)]);
    pair.run(CONNECT_TIMEOUT - Duration::from_secs(1));
    assert!(!pair.peer.is_ended());
    pair.run(Duration::from_secs(2));
    assert!(matches!(pair.events.last(), Some(Event::Failed { .. })), "{:?}", pair.events);
}

#[test]
fn a_page_that_closes_is_waited_for_and_then_given_up() {
    let mut pair = Pair::connected();
    pair.browser.close().expect("it is connected");
    pair.run(Duration::from_secs(5));
    assert!(pair.events.contains(&Event::Disconnected) && !pair.peer.is_ended(), "{:?}", pair.events);
    pair.run(DISCONNECTED_TIMEOUT);
    assert!(matches!(pair.events.last(), Some(Event::Failed { .. })), "{:?}", pair.events);
}

#[test]
fn closing_says_goodbye_and_nothing_more() {
    let mut pair = Pair::connected();
    let before = pair.events.len();
    pair.command(Command::Close);
    assert!(pair.peer.is_ended());
    pair.run(Duration::from_secs(2));
    assert!(pair.closed, "close_notify arrived");
    assert_eq!(pair.events.len(), before);
    pair.peer.handle(pair.now, Input::Timeout).expect("harmless");
    assert!(pair.peer.poll().is_none());
}
