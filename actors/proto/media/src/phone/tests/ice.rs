//! A phone that does ICE, by hand-written checks, against a lite agent.

use std::time::{Duration, Instant};

use sdp::Direction::SendRecv;

use super::{deliver, heard, leg, packet, source, transmits};
use crate::bridge::Srtp;
use crate::phone::ice::check;
use crate::phone::{Input, Medium, Output, PhoneLeg, Socket, rtp};

const CREDENTIALS: &str = "a=ice-ufrag:thei\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa\r\n";
const CANDIDATE: &str = "a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host\r\n";

fn offer(lines: &str) -> String {
    let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    format!("{head}{lines}")
}

fn answerer() -> PhoneLeg {
    leg("192.0.2.2", 5000, &["PCMA"], Srtp::Off)
}

fn answer(leg: &mut PhoneLeg, now: Instant, lines: &str) -> String {
    leg.offered(&offer(lines), false).unwrap();
    leg.accept(now, SendRecv, None).unwrap().0
}

/// What its description says behind `a=name:`.
fn said(sdp: &str, name: &str) -> String {
    let prefix = format!("a={name}:");
    sdp.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default().to_owned()
}

/// A check of the phone for what we described.
fn check_of(sdp: &str, nominates: bool) -> Vec<u8> {
    let username = format!("{}:thei", said(sdp, "ice-ufrag"));
    check(&username, &said(sdp, "ice-pwd"), nominates)
}

fn speech(sequence: u64) -> Vec<u8> {
    rtp::write(7, &packet(sequence, b"x"))
}

#[test]
fn the_answer_is_of_a_lite_agent_and_the_nominated_pair_carries_media() {
    let (now, mut ours) = (Instant::now(), answerer());
    let sdp = answer(&mut ours, now, &format!("{CREDENTIALS}{CANDIDATE}"));
    assert!(sdp.contains("a=ice-lite\r\n") && said(&sdp, "ice-pwd").len() == 32, "{sdp}");
    assert!(sdp.contains("a=candidate:1 1 UDP 2130706431 192.0.2.2 5000 typ host\r\n"), "{sdp}");
    assert!(sdp.contains("a=candidate:1 2 UDP 2130706430 192.0.2.2 5001 typ host\r\n"), "{sdp}");
    ours.send(now, Medium::Audio, &packet(1, b"y"));
    deliver(&mut ours, now, "192.0.2.1:4000", &speech(1));
    assert_eq!((transmits(&mut ours).len(), ours.dropped()), (0, 1), "before a check nothing goes and nothing comes");
    let phone = "203.0.113.9:61000";
    deliver(&mut ours, now, phone, &check_of(&sdp, false));
    assert_eq!(transmits(&mut ours)[0].0, source(phone));
    ours.send(now, Medium::Audio, &packet(2, b"y"));
    assert_eq!(transmits(&mut ours).len(), 0, "not nominated");
    deliver(&mut ours, now, phone, &check_of(&sdp, true));
    assert!(std::iter::from_fn(|| ours.poll()).any(|output| output == Output::Connected));
    deliver(&mut ours, now, phone, &speech(2));
    assert_eq!(heard(&mut ours), [2]);
    ours.send(now, Medium::Audio, &packet(3, b"y"));
    assert_eq!(transmits(&mut ours)[0].0, source(phone));
}

#[test]
fn forged_checks_are_counted_and_not_answered() {
    let (now, mut ours) = (Instant::now(), answerer());
    let sdp = answer(&mut ours, now, &format!("{CREDENTIALS}{CANDIDATE}"));
    let ufrag = said(&sdp, "ice-ufrag");
    let forged = [
        check(&format!("{ufrag}:thei"), "aaaaaaaaaaaaaaaaaaaaaa", true),
        check("nobody:thei", &said(&sdp, "ice-pwd"), true),
        check_of(&sdp, true)[..40].to_vec(),
        vec![0, 1],
    ];
    for bytes in &forged {
        deliver(&mut ours, now, "192.0.2.1:4000", bytes);
    }
    deliver(&mut ours, now, "127.0.0.1:4000", &check_of(&sdp, true));
    deliver(&mut ours, now, "192.0.2.1:4000", &speech(1));
    assert_eq!((transmits(&mut ours).len(), ours.dropped()), (0, 6));
}

#[test]
fn without_ice_or_where_it_cannot_be_trusted_the_description_counts() {
    let moved = CANDIDATE.replace("192.0.2.1", "10.0.0.1");
    let trickled = "a=ice-lite\r\n";
    for (lines, mismatch) in [
        (String::new(), false),
        (format!("{CREDENTIALS}{moved}"), true),
        (CREDENTIALS.to_owned(), true),
        (format!("a=ice-ufrag:t\r\na=ice-pwd:short\r\n{CANDIDATE}"), false),
    ] {
        let (now, mut ours) = (Instant::now(), answerer());
        let sdp = answer(&mut ours, now, &lines);
        assert_eq!((sdp.contains("a=ice-mismatch"), sdp.contains("ice-ufrag")), (mismatch, false), "{lines}");
        deliver(&mut ours, now, "192.0.2.1:4000", &speech(1));
        assert_eq!(heard(&mut ours), [1]);
        deliver(&mut ours, now, "192.0.2.1:4000", &check("a:b", "aaaaaaaaaaaaaaaaaaaaaa", true));
        assert_eq!(ours.dropped(), 1);
    }
    let (now, mut ours) = (Instant::now(), answerer());
    let lite = offer(&format!("{CREDENTIALS}{CANDIDATE}")).replace("t=0 0\r\n", &format!("t=0 0\r\n{trickled}"));
    ours.offered(&lite, false).unwrap();
    assert!(!ours.accept(now, SendRecv, None).unwrap().0.contains("ice-"), "two lite agents check nothing");
}

#[test]
fn a_restart_is_answered_with_new_credentials_and_moves_media_when_nominated() {
    let (now, mut ours) = (Instant::now(), answerer());
    let lines = format!("{CREDENTIALS}{CANDIDATE}");
    let first = answer(&mut ours, now, &lines);
    deliver(&mut ours, now, "192.0.2.1:4000", &check_of(&first, true));
    assert_eq!(said(&answer(&mut ours, now, &lines), "ice-ufrag"), said(&first, "ice-ufrag"), "nothing restarts");
    let second = answer(&mut ours, now, &lines.replace("aaaa", "bbbb"));
    assert_ne!(said(&second, "ice-ufrag"), said(&first, "ice-ufrag"));
    assert_ne!(said(&second, "ice-pwd"), said(&first, "ice-pwd"));
    transmits(&mut ours);
    ours.send(now, Medium::Audio, &packet(1, b"y"));
    assert_eq!(transmits(&mut ours)[0].0, source("192.0.2.1:4000"), "until then the old pair");
    deliver(&mut ours, now, "192.0.2.1:4444", &check_of(&second, true));
    transmits(&mut ours);
    ours.send(now, Medium::Audio, &packet(2, b"y"));
    assert_eq!(transmits(&mut ours)[0].0, source("192.0.2.1:4444"));
}

#[test]
fn offered_it_is_only_where_the_policy_says_so_and_checks_may_precede_the_answer() {
    let now = Instant::now();
    assert!(!answerer().describe(SendRecv, None, false).unwrap().contains("ice"));
    let mut setup = super::setup("192.0.2.2", 5000, &["PCMA"], Srtp::Off);
    (setup.policy.ice, setup.policy.rtcp_mux) = (true, true);
    let mut ours = PhoneLeg::new(setup);
    let sdp = ours.describe(SendRecv, None, false).unwrap();
    assert!(sdp.contains("a=ice-lite\r\n") && sdp.matches("a=candidate:").count() == 2, "{sdp}");
    let phone = "192.0.2.1:4000";
    deliver(&mut ours, now, phone, &check_of(&sdp, true));
    assert_eq!(transmits(&mut ours).len(), 1, "its answer is not here yet");
    ours.answered(now, &offer(&format!("{CREDENTIALS}{CANDIDATE}"))).unwrap();
    ours.send(now, Medium::Audio, &packet(1, b"y"));
    assert_eq!(transmits(&mut ours)[0].0, source(phone));
    // The other component is checked by itself.
    let later = now + Duration::from_secs(8);
    ours.handle(later, Input::Timeout);
    assert!(!transmits(&mut ours).iter().any(|(to, _)| to.port() == 4001));
    let bytes = check_of(&sdp, true);
    ours.handle(later, Input::Datagram { socket: Socket::AudioRtcp, source: source("192.0.2.1:4001"), bytes: &bytes });
    ours.handle(later + Duration::from_secs(8), Input::Timeout);
    assert!(transmits(&mut ours).iter().any(|(to, bytes)| to.port() == 4001 && rtp::is_rtcp(bytes)));
}

#[test]
fn a_phone_without_ice_answers_our_offer_of_it() {
    let mut setup = super::setup("192.0.2.2", 5000, &["PCMA"], Srtp::Off);
    setup.policy.ice = true;
    let (now, mut ours) = (Instant::now(), PhoneLeg::new(setup));
    ours.describe(SendRecv, None, false).unwrap();
    ours.answered(now, &offer("")).unwrap();
    deliver(&mut ours, now, "192.0.2.1:4000", &speech(1));
    assert_eq!(heard(&mut ours), [1]);
    ours.send(now, Medium::Audio, &packet(1, b"y"));
    assert_eq!(transmits(&mut ours)[0].0, source("192.0.2.1:4000"));
}

#[test]
fn what_is_offered_to_another_phone_changes_nothing_before_it_answers() {
    let mut setup = super::setup("192.0.2.2", 5000, &["PCMA"], Srtp::Off);
    setup.policy.ice = true;
    let (now, mut ours) = (Instant::now(), PhoneLeg::new(setup));
    answer(&mut ours, now, "");
    deliver(&mut ours, now, "192.0.2.1:4000", &speech(1));
    let sdp = ours.describe(SendRecv, None, true).unwrap();
    deliver(&mut ours, now, "192.0.2.1:4000", &speech(2));
    assert_eq!(heard(&mut ours), [1, 2]);
    ours.send(now, Medium::Audio, &packet(1, b"y"));
    assert_eq!(transmits(&mut ours)[0].0, source("192.0.2.1:4000"));
    deliver(&mut ours, now, "192.0.2.7:7000", &check_of(&sdp, true));
    assert_eq!(transmits(&mut ours)[0].0, source("192.0.2.7:7000"), "the other may check");
    ours.answered(now, &offer(&format!("{CREDENTIALS}{CANDIDATE}"))).unwrap();
    ours.send(now, Medium::Audio, &packet(2, b"y"));
    assert_eq!(transmits(&mut ours)[0].0, source("192.0.2.7:7000"));
    deliver(&mut ours, now, "192.0.2.1:4000", &speech(3));
    assert_eq!(heard(&mut ours).len(), 0, "the one before is gone");
}

#[test]
fn another_phone_does_not_inherit_what_the_one_before_has_proven() {
    let (now, mut ours) = (Instant::now(), answerer());
    let lines = format!("{CREDENTIALS}{CANDIDATE}");
    let first = answer(&mut ours, now, &lines);
    deliver(&mut ours, now, "192.0.2.1:4000", &check_of(&first, true));
    ours.offered(&offer(&lines.replace("aaaa", "bbbb")), true).unwrap();
    ours.accept(now, SendRecv, None).unwrap();
    transmits(&mut ours);
    deliver(&mut ours, now, "192.0.2.1:4000", &check_of(&first, true));
    deliver(&mut ours, now, "192.0.2.1:4000", &speech(1));
    ours.send(now, Medium::Audio, &packet(1, b"y"));
    assert_eq!((transmits(&mut ours).len(), ours.dropped()), (0, 2));
}

#[test]
fn a_phone_with_ice_goes_on_after_transfers_that_fail() {
    let mut setup = super::setup("192.0.2.2", 5000, &["PCMA"], Srtp::Off);
    setup.policy.ice = true;
    let (now, mut ours, phone) = (Instant::now(), PhoneLeg::new(setup), "192.0.2.1:4000");
    let lines = format!("{CREDENTIALS}{CANDIDATE}");
    let first = answer(&mut ours, now, &lines);
    deliver(&mut ours, now, phone, &check_of(&first, true));
    for number in 1..5 {
        match number {
            1..4 => drop(ours.describe(SendRecv, None, true).unwrap()),
            _ => {
                ours.offered(&offer(&lines.replace("aaaa", "bbbb")), true).unwrap();
                ours.accept(now, SendRecv, None).unwrap();
            }
        }
        ours.rollback(now);
        transmits(&mut ours);
        deliver(&mut ours, now, phone, &check_of(&first, true));
        assert_eq!(transmits(&mut ours).len(), 1, "{number}: its consent is asked for (RFC 7675)");
        deliver(&mut ours, now, phone, &speech(number));
        assert_eq!(heard(&mut ours), [number]);
    }
}
