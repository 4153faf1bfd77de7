//! Two legs back to back over RTP/AVP, and what must not disturb them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sdp::{AddressPolicy, Direction};

use super::{Input, Medium, Output, Packet, PhoneLeg, PhoneSetup, Refusal, Socket, rtp};
use crate::bridge::{PhonePolicy, Srtp};

mod dtls;
mod handover;
mod ice;
mod protection;
mod strangers;
mod video;
mod wire;
mod world;

fn leg(address: &str, port: u16, codecs: &[&str], srtp: Srtp) -> PhoneLeg {
    PhoneLeg::new(setup(address, port, codecs, srtp))
}

fn setup(address: &str, port: u16, codecs: &[&str], srtp: Srtp) -> PhoneSetup {
    let mut policy = PhonePolicy::new(address.parse().unwrap());
    policy.codecs = codecs.iter().map(|name| (*name).to_owned()).collect();
    policy.srtp = srtp;
    let addresses = AddressPolicy::default();
    PhoneSetup { policy, addresses, ports: (port, None), entropy: [port as u8; 32] }
}

fn pair(now: Instant) -> (PhoneLeg, PhoneLeg) {
    let mut a = leg("192.0.2.1", 4000, &["opus", "PCMA"], Srtp::Off);
    let mut b = leg("192.0.2.2", 5000, &["PCMU", "PCMA"], Srtp::Off);
    let offer = a.describe(Direction::SendRecv, None, false).unwrap();
    assert_eq!(b.offered(&offer, false), Ok((Direction::SendRecv, None)));
    let (answer, agreed) = b.accept(now, Direction::SendRecv, None).unwrap();
    assert_eq!(agreed.audio.codec().map(|codec| codec.payload_type), Some(8));
    let agreed = a.answered(now, &answer).unwrap();
    assert_eq!(agreed.audio.telephone_event().map(|event| event.payload_type), Some(101));
    (a, b)
}

fn packet(sequence: u64, payload: &[u8]) -> Packet<'_> {
    Packet { payload_type: 8, sequence, timestamp: sequence as u32 * 160, marker: false, payload }
}

/// The datagrams it sends.
fn transmits(leg: &mut PhoneLeg) -> Vec<(SocketAddr, Vec<u8>)> {
    let outputs = std::iter::from_fn(|| leg.poll());
    let datagram = |output| match output {
        Output::Transmit { destination, bytes, .. } => Some((destination, bytes)),
        _ => None,
    };
    outputs.filter_map(datagram).collect()
}

fn heard(leg: &mut PhoneLeg) -> Vec<u64> {
    let outputs = std::iter::from_fn(|| leg.poll());
    let sequence = |output| if let Output::Rtp(packet) = output { Some(packet.sequence & 0xffff) } else { None };
    outputs.filter_map(sequence).collect()
}

fn source(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

fn deliver(leg: &mut PhoneLeg, now: Instant, from: &str, bytes: &[u8]) {
    leg.handle(now, Input::Datagram { socket: Socket::Audio, source: source(from), bytes });
}

#[test]
fn packets_go_where_the_description_says_and_arrive() {
    let now = Instant::now();
    let (mut a, mut b) = pair(now);
    a.send(now, Medium::Audio, &packet(7, b"sound"));
    let sent = transmits(&mut a);
    assert_eq!(sent[0].0, source("192.0.2.2:5000"));
    deliver(&mut b, now, "192.0.2.1:4000", &sent[0].1);
    assert_eq!(b.poll(), Some(Output::Connected));
    assert!(matches!(b.poll(), Some(Output::Wake(_))));
    let Some(Output::Rtp(came)) = b.poll() else { panic!("no RTP") };
    assert_eq!((came.payload.as_slice(), came.payload_type, came.timestamp), (&b"sound"[..], 8, 1120));
}

#[test]
fn a_locked_source_is_not_replaced_by_a_stranger() {
    let now = Instant::now();
    let (mut a, mut b) = pair(now);
    for sequence in 1..=9 {
        a.send(now, Medium::Audio, &packet(sequence, b"x"));
    }
    let sent = transmits(&mut a);
    deliver(&mut b, now, "192.0.2.1:4000", &sent[0].1);
    for (_, bytes) in &sent[1..8] {
        deliver(&mut b, now, "203.0.113.9:4000", bytes);
    }
    assert_eq!(heard(&mut b), [1]);
    assert_eq!(b.dropped(), 7);
    b.send(now, Medium::Audio, &packet(1, b"y"));
    assert_eq!(transmits(&mut b)[0].0, source("192.0.2.1:4000"));
}

/// `b` is told of `a` at a private address, signalled from elsewhere.
fn behind_nat(now: Instant, wait: u64) -> (PhoneLeg, PhoneLeg) {
    let (mut a, mut b) = (leg("10.0.0.1", 4000, &["PCMA"], Srtp::Off), leg("192.0.2.2", 5000, &["PCMA"], Srtp::Off));
    b.signalled("203.0.113.9".parse().unwrap());
    b.offered(&a.describe(Direction::SendRecv, None, false).unwrap(), false).unwrap();
    let (answer, _) = b.accept(now, Direction::SendRecv, None).unwrap();
    a.answered(now, &answer).unwrap();
    for sequence in 1..=4 {
        a.send(now + Duration::from_secs(wait), Medium::Audio, &packet(sequence, b"x"));
    }
    (a, b)
}

#[test]
fn behind_nat_the_signalling_host_is_learned_within_the_window_only_and_no_other_ever() {
    let now = Instant::now();
    for (wait, from, learned) in
        [(1, "203.0.113.9:61000", true), (60, "203.0.113.9:61000", false), (1, "198.51.100.1:61000", false)]
    {
        let (mut a, mut b) = behind_nat(now, wait);
        for (_, bytes) in transmits(&mut a) {
            deliver(&mut b, now + Duration::from_secs(wait), from, &bytes);
        }
        assert_eq!(heard(&mut b).len(), if learned { 2 } else { 0 }, "{from} after {wait} s");
        b.send(now, Medium::Audio, &packet(1, b"y"));
        let to = if learned { from } else { "10.0.0.1:4000" };
        assert_eq!(transmits(&mut b)[0].0, source(to));
    }
}

#[test]
fn hostile_datagrams_are_counted_and_dropped() {
    let now = Instant::now();
    let (mut a, mut b) = pair(now);
    a.send(now, Medium::Audio, &packet(1, b"12345678"));
    let whole = transmits(&mut a).remove(0).1;
    for length in 0..12 {
        deliver(&mut b, now, "192.0.2.1:4000", &whole[..length]);
    }
    for first in [0x00, 0x8f, 0x90, 0xa0, 0xbf, 0xff] {
        let mut bytes = whole.clone();
        bytes[0] = first;
        deliver(&mut b, now, "192.0.2.1:4000", &bytes);
    }
    let mut unknown = whole.clone();
    unknown[1] = 77;
    deliver(&mut b, now, "192.0.2.1:4000", &unknown);
    assert_eq!((heard(&mut b).len(), b.dropped()), (0, 19));
    deliver(&mut b, now, "192.0.2.1:4000", &whole);
    assert_eq!(heard(&mut b), [1]);
}

#[test]
fn a_hold_sends_nothing_and_leaves_no_gap() {
    let now = Instant::now();
    let (mut a, mut b) = pair(now);
    a.send(now, Medium::Audio, &packet(10, b"x"));
    let offer = b.describe(Direction::SendOnly, None, false).unwrap();
    assert_eq!(a.offered(&offer, false), Ok((Direction::SendOnly, None)));
    let (answer, agreed) = a.accept(now, Direction::SendRecv, None).unwrap();
    assert_eq!(agreed.audio.direction, Direction::RecvOnly);
    b.answered(now, &answer).unwrap();
    a.send(now, Medium::Audio, &packet(11, b"x"));
    let offer = b.describe(Direction::SendRecv, None, false).unwrap();
    a.offered(&offer, false).unwrap();
    a.accept(now, Direction::SendRecv, None).unwrap();
    a.send(now, Medium::Audio, &packet(12, b"x"));
    let numbers: Vec<u8> = transmits(&mut a).iter().map(|(_, bytes)| bytes[3]).collect();
    assert_eq!(numbers, [10, 11]);
}

#[test]
fn a_hold_of_ours_keeps_the_codec_the_caller_preferred() {
    let now = Instant::now();
    let mut caller = leg("192.0.2.1", 4000, &["PCMU", "PCMA"], Srtp::Off);
    let mut called = leg("198.51.100.1", 5000, &["opus", "PCMA", "PCMU"], Srtp::Off);
    let offer = caller.describe(Direction::SendRecv, None, false).unwrap();
    called.offered(&offer, false).unwrap();
    let (answer, _) = called.accept(now, Direction::SendRecv, None).unwrap();
    caller.answered(now, &answer).unwrap();
    let hold = called.describe(Direction::SendOnly, None, false).unwrap();
    assert!(hold.contains("RTP/AVP 0 8 101 "), "{hold}");
}

#[test]
fn silence_is_told_once() {
    let now = Instant::now();
    let (_, mut b) = pair(now);
    b.handle(now + PhoneLeg::SILENCE, Input::Timeout);
    b.handle(now + PhoneLeg::SILENCE * 2, Input::Timeout);
    let silent = std::iter::from_fn(|| b.poll()).filter(|output| matches!(output, Output::Silent(_))).count();
    assert_eq!(silent, 1);
}

#[test]
fn what_does_not_fit_is_refused() {
    let offer = |protocol: &str, address: &str, format: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 4000 {protocol} {format}\r\n"
        )
    };
    let mut b = leg("192.0.2.2", 5000, &["PCMA"], Srtp::Off);
    assert_eq!(b.offered(&offer("RTP/AVP", "192.0.2.1", "18"), false), Err(Refusal::NoCodec));
    assert_eq!(b.offered(&offer("RTP/SAVP", "192.0.2.1", "8"), false), Err(Refusal::Security));
    assert_eq!(b.offered(&offer("RTP/AVP", "127.0.0.1", "8"), false), Err(Refusal::Address));
    assert_eq!(b.offered(&offer("udptl", "192.0.2.1", "t38"), false), Err(Refusal::NoAudio));
    assert_eq!(b.accept(Instant::now(), Direction::SendRecv, None).err(), Some(Refusal::NoOffer));
    for srtp in [Srtp::Sdes, Srtp::Dtls] {
        let mut strict = leg("192.0.2.3", 5000, &["PCMA"], srtp);
        assert_eq!(strict.offered(&offer("RTP/AVP", "192.0.2.1", "8"), false), Err(Refusal::Security));
    }
    let mut nameless = leg("192.0.2.3", 5000, &["PCMA"], Srtp::Dtls);
    assert_eq!(nameless.describe(Direction::SendRecv, None, false), Err(Refusal::Security), "no certificate");
    let both = offer("RTP/AVP", "192.0.2.1", "8") + "m=image 4002 udptl t38\r\n";
    b.offered(&both, false).unwrap();
    let (answer, _) = b.accept(Instant::now(), Direction::SendRecv, None).unwrap();
    assert!(answer.contains("m=image 0 udptl t38\r\n"), "{answer}");
}

/// Runs the timers of `leg` until `end`; the RTP it sends.
fn run(leg: &mut PhoneLeg, mut now: Instant, end: Instant) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    loop {
        let mut wake = None;
        while let Some(output) = leg.poll() {
            match output {
                Output::Transmit { bytes, .. } if !rtp::is_rtcp(&bytes) => sent.push(bytes),
                Output::Wake(at) => wake = Some(at),
                _ => {}
            }
        }
        let Some(at) = wake.filter(|at| *at < end) else { return sent };
        now = now.max(at);
        leg.handle(now, Input::Timeout);
    }
}

#[test]
fn keys_are_heard_once_each_within_the_numbers_of_the_audio() {
    let now = Instant::now();
    let (mut a, mut b) = pair(now);
    a.send(now, Medium::Audio, &packet(100, b"x"));
    assert!(a.send_dtmf(now, '5', Duration::from_millis(100)) && a.send_dtmf(now, '#', Duration::ZERO));
    assert!(!a.send_dtmf(now, 'x', Duration::ZERO));
    a.send(now, Medium::Audio, &packet(101, b"unheard"));
    let end = now + Duration::from_secs(1);
    let mut sent = run(&mut a, now, end);
    a.send(end, Medium::Audio, &packet(99, b"late"));
    a.send(end, Medium::Audio, &packet(102, b"y"));
    sent.extend(transmits(&mut a).into_iter().map(|(_, bytes)| bytes));
    let numbers: Vec<u8> = sent.iter().map(|bytes| bytes[3]).collect();
    assert_eq!(numbers, (100..100 + sent.len() as u8).collect::<Vec<u8>>());
    assert_eq!(sent.len(), 1 + (5 + 2) + (2 + 2) + 1);
    for bytes in &sent {
        deliver(&mut b, now, "192.0.2.1:4000", bytes);
    }
    let keys = std::iter::from_fn(|| b.poll()).filter_map(|output| match output {
        Output::Dtmf { digit, duration } => Some((digit, duration.as_millis())),
        _ => None,
    });
    assert_eq!(keys.collect::<Vec<_>>(), [('5', 100), ('#', 40)]);
}

#[test]
fn reports_go_to_the_port_above_count_as_life_and_tell_the_round_trip() {
    let now = Instant::now();
    let (mut a, mut b) = pair(now);
    a.send(now, Medium::Audio, &packet(1, b"x"));
    deliver(&mut b, now, "192.0.2.1:4000", &transmits(&mut a)[0].1);
    let later = now + Duration::from_secs(8);
    let report = |leg: &mut PhoneLeg, at: Instant| {
        leg.handle(at, Input::Timeout);
        let mut rtcp = transmits(leg).into_iter().filter(|(_, bytes)| rtp::is_rtcp(bytes));
        rtcp.next().unwrap()
    };
    let (to, bytes) = report(&mut a, later);
    assert_eq!((to, bytes[1]), (source("192.0.2.2:5001"), 200));
    let take = |leg: &mut PhoneLeg, at: Instant, from: &str, bytes: &[u8]| {
        leg.handle(at, Input::Datagram { socket: Socket::AudioRtcp, source: source(from), bytes });
    };
    let arrived = later + Duration::from_millis(100);
    take(&mut b, arrived, "192.0.2.1:4001", &bytes);
    take(&mut b, arrived, "203.0.113.1:4001", &bytes);
    assert_eq!(b.dropped(), 1);
    let answered = arrived + Duration::from_secs(8);
    let (_, bytes) = report(&mut b, answered);
    take(&mut a, answered + Duration::from_millis(100), "192.0.2.2:5001", &bytes);
    assert_eq!(a.stats().rtt.map(|trip| (trip.as_millis() + 5) / 10), Some(20));
    assert_eq!((a.stats().loss_out, b.stats().packets_in), (Some(0.0), 1));
    a.handle(later + PhoneLeg::SILENCE, Input::Timeout);
    assert!(!std::iter::from_fn(|| a.poll()).any(|output| matches!(output, Output::Silent(_))), "RTCP is life");
}
