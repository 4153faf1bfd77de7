//! SDES between two legs, and everything that must not weaken it.

use std::time::{Duration, Instant};

use sdp::Direction::{self, SendOnly, SendRecv};

use super::{deliver, heard, leg, packet, source, transmits};
use crate::bridge::Srtp;
use crate::phone::{Input, Medium, PhoneLeg, Refusal, Socket, rtp};

fn pair(offerer: Srtp, answerer: Srtp) -> (PhoneLeg, PhoneLeg) {
    (leg("192.0.2.1", 4000, &["PCMA"], offerer), leg("192.0.2.2", 5000, &["PCMA"], answerer))
}

/// One offer and answer; whether both say it is secured, and both texts.
fn agree(
    now: Instant,
    a: &mut PhoneLeg,
    b: &mut PhoneLeg,
    direction: Direction,
) -> Result<(bool, String, String), Refusal> {
    let offer = a.describe(direction, None, false)?;
    b.offered(&offer, false)?;
    let (answer, theirs) = b.accept(now, SendRecv, None)?;
    let ours = a.answered(now, &answer)?;
    assert_eq!(ours.secured, theirs.secured);
    Ok((ours.secured, offer, answer))
}

/// One packet from 192.0.2.1:4000.
fn speak(now: Instant, from: &mut PhoneLeg, to: &mut PhoneLeg, sequence: u64) -> Vec<u8> {
    from.send(now, Medium::Audio, &packet(sequence, b"secret sound"));
    let bytes = transmits(from).pop().unwrap().1;
    deliver(to, now, "192.0.2.1:4000", &bytes);
    bytes
}

#[test]
fn what_two_policies_agree_on() {
    use Srtp::{Off, Optional, Sdes};
    let refused = Err(Refusal::Security);
    for (offerer, answerer, expected) in [
        (Off, Off, Ok(false)),
        (Off, Optional, Ok(false)),
        (Off, Sdes, refused.clone()),
        (Optional, Off, Ok(false)),
        (Optional, Optional, Ok(true)),
        (Optional, Sdes, refused.clone()),
        (Sdes, Off, refused.clone()),
        (Sdes, Optional, Ok(true)),
        (Sdes, Sdes, Ok(true)),
    ] {
        let (mut a, mut b) = pair(offerer, answerer);
        let agreed = agree(Instant::now(), &mut a, &mut b, SendRecv);
        assert_eq!(agreed.map(|(secured, ..)| secured), expected, "{offerer:?} offers to {answerer:?}");
    }
}

#[test]
fn sound_arrives_and_the_wire_does_not_tell_it() {
    let now = Instant::now();
    let (mut a, mut b) = pair(Srtp::Optional, Srtp::Optional);
    let (_, offer, answer) = agree(now, &mut a, &mut b, SendRecv).unwrap();
    assert!(offer.contains("m=audio 4000 RTP/AVP 8") && offer.matches("a=crypto:").count() == 3, "{offer}");
    assert!(answer.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"), "{answer}");
    let sealed = speak(now, &mut a, &mut b, 7);
    assert_eq!(heard(&mut b), [7]);
    assert!(!sealed.windows(6).any(|window| window == b"secret"));
    deliver(&mut b, now, "192.0.2.1:4000", &sealed);
    let mut forged = sealed.clone();
    forged[20] ^= 1;
    deliver(&mut b, now, "192.0.2.1:4000", &forged);
    deliver(&mut b, now, "192.0.2.1:4000", &sealed[..sealed.len() - 10]);
    assert_eq!((heard(&mut b).len(), b.dropped()), (0, 3));
}

#[test]
fn a_re_invite_that_keeps_the_keys_keeps_roll_overs_and_replay_windows() {
    let now = Instant::now();
    let (mut a, mut b) = pair(Srtp::Sdes, Srtp::Sdes);
    let (_, first, _) = agree(now, &mut a, &mut b, SendRecv).unwrap();
    let mut sealed = Vec::new();
    for sequence in (0xff00..0x1_0100).step_by(0x80) {
        sealed.push(speak(now, &mut a, &mut b, sequence));
    }
    assert_eq!(heard(&mut b).len(), sealed.len());
    let (_, second, _) = agree(now, &mut a, &mut b, SendRecv).unwrap();
    let keys =
        |sdp: &str| sdp.lines().filter(|line| line.starts_with("a=crypto")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(keys(&first), keys(&second));
    sealed.iter().for_each(|bytes| deliver(&mut b, now, "192.0.2.1:4000", bytes));
    assert_eq!(heard(&mut b).len(), 0, "replayed over a re-INVITE");
    speak(now, &mut a, &mut b, 0x1_0200);
    assert_eq!(heard(&mut b), [0x200]);
}

#[test]
fn nothing_protected_is_ever_weakened_in_any_dialog() {
    let now = Instant::now();
    let plain = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let (mut a, mut b) = pair(Srtp::Optional, Srtp::Optional);
    agree(now, &mut a, &mut b, SendRecv).unwrap();
    for fresh in [false, true] {
        assert_eq!(b.offered(plain, fresh), Err(Refusal::Security), "offered, fresh {fresh}");
        b.rollback(now);
        b.describe(SendOnly, None, fresh).unwrap();
        assert_eq!(b.answered(now, plain), Err(Refusal::Security), "answered, fresh {fresh}");
        b.rollback(now);
    }
    speak(now, &mut a, &mut b, 9);
    assert_eq!(heard(&mut b), [9], "all is as it was");
}

#[test]
fn pictures_alone_may_be_protected_and_stay_so() {
    let (now, key) = (Instant::now(), "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz");
    let of = |video: &str, crypto: &str| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n\
             m=video 4002 {video} 97\r\na=rtpmap:97 VP8/90000\r\n{crypto}"
        )
    };
    let mut setup = super::setup("192.0.2.1", 4000, &["PCMA"], Srtp::Optional);
    (setup.policy.video, setup.ports) = (true, (4000, Some(4002)));
    let mut ours = PhoneLeg::new(setup);
    let crypto = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n");
    for _ in 0..2 {
        ours.offered(&of("RTP/SAVP", &crypto), false).unwrap();
        let (_, agreement) = ours.accept(now, SendRecv, Some(SendRecv)).unwrap();
        assert!(agreement.video.is_some() && !agreement.secured);
    }
    assert_eq!(ours.offered(&of("RTP/AVP", ""), false), Err(Refusal::Security));
}

#[test]
fn another_dialog_gets_other_keys() {
    let now = Instant::now();
    let (mut a, mut b) = pair(Srtp::Sdes, Srtp::Sdes);
    let (_, first, _) = agree(now, &mut a, &mut b, SendRecv).unwrap();
    let second = a.describe(SendRecv, None, true).unwrap();
    let key = |sdp: &str| sdp.split("inline:").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert_ne!(key(&first), key(&second));
    let mut c = leg("192.0.2.3", 6000, &["PCMA"], Srtp::Sdes);
    c.offered(&second, false).unwrap();
    let (answer, _) = c.accept(now, SendRecv, None).unwrap();
    a.answered(now, &answer).unwrap();
    speak(now, &mut a, &mut c, 5);
    assert_eq!(heard(&mut c), [5]);
}

#[test]
fn verified_packets_alone_move_a_locked_source() {
    let now = Instant::now();
    let (mut a, mut b) = pair(Srtp::Sdes, Srtp::Sdes);
    agree(now, &mut a, &mut b, SendRecv).unwrap();
    speak(now, &mut a, &mut b, 1);
    let later = now + Duration::from_secs(100);
    for sequence in 2..5 {
        a.send(later, Medium::Audio, &packet(sequence, b"x"));
    }
    for (_, bytes) in transmits(&mut a) {
        deliver(&mut b, later, "203.0.113.7:9999", &bytes);
    }
    b.send(later, Medium::Audio, &packet(1, b"y"));
    assert_eq!(transmits(&mut b).last().unwrap().0, source("203.0.113.7:9999"));
}

#[test]
fn reports_are_protected_too() {
    let now = Instant::now();
    let (mut a, mut b) = pair(Srtp::Sdes, Srtp::Sdes);
    agree(now, &mut a, &mut b, SendRecv).unwrap();
    let later = now + Duration::from_secs(8);
    a.handle(later, Input::Timeout);
    let report = transmits(&mut a).into_iter().map(|(_, bytes)| bytes).find(|bytes| rtp::is_rtcp(bytes)).unwrap();
    let mut plain = report.clone();
    plain.truncate(report.len() - 14);
    for (bytes, dropped) in [(&plain, 1), (&report, 1), (&report, 2)] {
        b.handle(later, Input::Datagram { socket: Socket::AudioRtcp, source: source("192.0.2.1:4001"), bytes });
        assert_eq!(b.dropped(), dropped);
    }
}
