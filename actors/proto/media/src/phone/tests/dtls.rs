//! DTLS-SRTP between two legs, and a phone that is not who it says.

use std::time::Duration;

use dimpl::{Config, Dtls};
use sdp::Direction::SendRecv;

use super::wire::{Wire, identified};
use super::{deliver, source, transmits};
use crate::bridge::Srtp;
use crate::phone::{Input, Refusal, Socket};

const SECOND: Duration = Duration::from_secs(1);

fn same(sdp: &str) -> String {
    sdp.to_owned()
}

fn up() -> Wire {
    let mut wire = Wire::new(Srtp::Dtls, Srtp::Dtls);
    wire.agree(same).unwrap();
    wire.run(SECOND);
    wire
}

#[test]
fn what_two_policies_agree_on() {
    use Srtp::{Dtls, Off, Optional, Sdes};
    let refused = Err(Refusal::Security);
    for (offerer, answerer, expected) in [
        (Dtls, Dtls, Ok(true)),
        (Dtls, Optional, Ok(true)),
        (Dtls, Off, refused.clone()),
        (Dtls, Sdes, refused.clone()),
        (Off, Dtls, refused.clone()),
        (Optional, Dtls, refused.clone()),
        (Sdes, Dtls, refused.clone()),
    ] {
        let agreed = Wire::new(offerer, answerer).agree(same);
        assert_eq!(agreed.map(|(agreement, ..)| agreement.secured), expected, "{offerer:?} offers to {answerer:?}");
    }
}

#[test]
fn a_handshake_makes_the_keys_and_nothing_goes_before() {
    let mut wire = Wire::new(Srtp::Dtls, Srtp::Optional);
    let (agreement, offer, answer) = wire.agree(same).unwrap();
    assert!(agreement.secured);
    assert!(offer.contains("m=audio 4000 UDP/TLS/RTP/SAVP 8") && offer.contains("a=setup:actpass\r\n"), "{offer}");
    assert!(offer.contains("a=fingerprint:sha-256 ") && offer.contains("a=tls-id:"), "{offer}");
    assert!(answer.contains("a=setup:active\r\n") && !answer.contains("a=crypto"), "{answer}");
    wire.legs[0].send(wire.now, super::Medium::Audio, &super::packet(1, b"too early"));
    wire.run(SECOND);
    assert_eq!(wire.connected, [1, 1]);
    assert_eq!(wire.talk(2), [true, true]);
    assert!(
        wire.seen.iter().all(|(_, bytes)| !bytes.windows(5).any(|window| window == b"sound" || window == b"early"))
    );
    // Without rtcp-mux each component has an association (RFC 5764 section 4.1).
    assert!(wire.seen.iter().any(|(to, bytes)| *to == source("192.0.2.1:4001") && bytes[0] == 22));
    wire.run(SECOND * 20);
    assert!(wire.legs.iter().all(|leg| leg.stats().rtt.is_some()), "reports are heard");
}

#[test]
fn rtcp_goes_with_rtp_where_both_mux() {
    let mut wire = Wire::new(Srtp::Dtls, Srtp::Dtls);
    let mux = |sdp: &str| sdp.replace("a=setup", "a=rtcp-mux\r\na=setup");
    wire.agree(mux).unwrap();
    wire.run(SECOND);
    assert_eq!(wire.talk(1), [true, true]);
    assert!(wire.seen.iter().all(|(to, _)| to.port() == 5000 || to.port() == 4001 || to.port() == 4000));
}

#[test]
fn lost_handshake_packets_are_repeated() {
    // The first ones, and about each fifth.
    for lost in [|count| count < 8, |count: usize| count.wrapping_mul(0x9e37_79b9) % 1000 < 200] {
        let mut wire = Wire::new(Srtp::Dtls, Srtp::Dtls);
        wire.lost = lost;
        wire.agree(same).unwrap();
        wire.run(SECOND * 25);
        wire.lost = |_| false;
        assert_eq!(wire.connected, [1, 1]);
        assert_eq!(wire.talk(1), [true, true]);
    }
}

#[test]
fn a_certificate_that_is_not_named_is_not_believed() {
    let mut wire = Wire::new(Srtp::Dtls, Srtp::Dtls);
    let other = |sdp: &str| {
        let at = sdp.find("sha-256 ").unwrap() + 8;
        let digit = if &sdp[at..=at] == "A" { "B" } else { "A" };
        format!("{}{digit}{}", &sdp[..at], &sdp[at + 1..])
    };
    wire.agree(other).unwrap();
    wire.run(SECOND * 40);
    assert_eq!((wire.talk(1), wire.connected), ([false, false], [0, 0]));
    let why = "the phone's certificate is not the one that its description names";
    assert!(wire.keyless.iter().flatten().any(|detail| *detail == why), "{:?}", wire.keyless);
    assert_eq!(wire.silent, [None; 2], "that is something else");
    wire.keyless = [None; 2];
    wire.run(SECOND * 40);
    assert!(wire.keyless.iter().all(Option::is_some), "told again");
}

#[test]
fn roles_and_hashes_that_do_not_fit_are_refused() {
    let offer = identified(0, Srtp::Dtls).describe(SendRecv, None, false).unwrap();
    let answer = |from: &str, to: &str| {
        let mut answerer = identified(1, Srtp::Optional);
        answerer.offered(&offer.replace(from, to), false)?;
        answerer.accept(std::time::Instant::now(), SendRecv, None).map(|(answer, _)| answer)
    };
    let role = |from: &str, to: &str| {
        let text = answer(from, to)?;
        Ok(text.lines().find_map(|line| line.strip_prefix("a=setup:")).map(str::to_owned))
    };
    let some = |word: &str| Ok(Some(word.to_owned()));
    assert_eq!(role("a=setup:actpass", "a=setup:actpass"), some("active"));
    assert_eq!(role("a=setup:actpass", "a=setup:active"), some("passive"));
    assert_eq!(role("a=setup:actpass", "a=setup:passive"), some("active"));
    assert_eq!(role("a=setup:actpass\r\n", ""), some("passive"));
    assert_eq!(role("a=setup:actpass", "a=setup:holdconn"), Err(Refusal::Security));
    assert_eq!(role("sha-256", "sha-1"), Err(Refusal::Security));
    // Older phones write their fingerprint under RTP/SAVP.
    assert!(answer("UDP/TLS/RTP/SAVP", "RTP/SAVP").unwrap().contains("m=audio 5000 RTP/SAVP 8"));
    assert!(!answer("a=tls-id", "a=x-id").unwrap().contains("tls-id"), "only to one who has one (RFC 8842)");
    let mut offerer = identified(0, Srtp::Dtls);
    offerer.describe(SendRecv, None, false).unwrap();
    let good = answer("", "").unwrap();
    for (from, to) in [("setup:active", "setup:actpass"), ("fingerprint", "x"), ("UDP/TLS/RTP/SAVP", "RTP/AVP")] {
        assert_eq!(
            offerer.answered(std::time::Instant::now(), &good.replace(from, to)),
            Err(Refusal::Security),
            "{to}"
        );
    }
}

#[test]
fn a_re_offer_of_either_side_keeps_the_association() {
    let mut wire = up();
    assert_eq!(wire.talk(1), [true, true]);
    for (offerer, sequence) in [(1, 2), (0, 3), (1, 4)] {
        wire.seen.clear();
        let (_, offer, answer) = wire.agree_from(offerer, same).unwrap();
        assert!(offer.contains("UDP/TLS/RTP/SAVP ") && offer.contains("a=setup:actpass"), "{offer}");
        // The second opened it, in whichever description.
        let role = if offerer == 1 { "passive" } else { "active" };
        assert!(answer.contains(&format!("a=setup:{role}\r\n")), "{answer}");
        assert_eq!(wire.talk(sequence), [true, true]);
        wire.run(SECOND);
        assert!(wire.seen.iter().all(|(_, bytes)| bytes[0] >= 128), "no handshake");
    }
    assert_eq!(wire.connected, [1, 1]);
}

#[test]
fn another_tls_id_makes_another_association_and_other_keys() {
    let mut wire = up();
    wire.talk(1);
    let old = wire.seen.iter().rev().find(|(_, bytes)| bytes[0] == 128).unwrap().clone();
    wire.seen.clear();
    wire.agree(|sdp| sdp.replace("a=tls-id:", "a=tls-id:another")).unwrap();
    wire.run(SECOND);
    assert!(wire.seen.iter().any(|(_, bytes)| bytes[0] == 22), "a handshake");
    assert_eq!(wire.talk(2), [true, true]);
    let (from, at) = if old.0.port() == 5000 { ("192.0.2.1:4000", 1) } else { ("192.0.2.2:5000", 0) };
    deliver(&mut wire.legs[at], wire.now, from, &old.1);
    assert_eq!(wire.legs[at].dropped(), 1, "the old keys are gone");
}

#[test]
fn protection_is_not_taken_back_by_a_re_offer() {
    let mut wire = up();
    let plain = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    assert_eq!(wire.legs[1].offered(plain, false), Err(Refusal::Security));
    assert_eq!(wire.legs[1].offered(plain, true), Err(Refusal::Security), "nor by another dialog");
    wire.legs[1].rollback(wire.now);
    assert_eq!(wire.talk(1), [true, true]);
}

#[test]
fn another_dialog_makes_another_association() {
    let mut wire = up();
    wire.talk(1);
    wire.seen.clear();
    let offer = wire.legs[0].describe(SendRecv, None, true).unwrap();
    wire.legs[1].offered(&offer, true).unwrap();
    let (answer, _) = wire.legs[1].accept(wire.now, SendRecv, None).unwrap();
    wire.legs[0].answered(wire.now, &answer).unwrap();
    wire.run(SECOND);
    assert!(wire.seen.iter().any(|(_, bytes)| bytes[0] == 22), "a handshake");
    assert_eq!(wire.talk(2), [true, true]);
}

/// Nobody is woken in vain while it is not known where to send.
#[test]
fn ours_waits_for_the_pair_that_ice_finds() {
    let now = std::time::Instant::now();
    let offer = identified(0, Srtp::Dtls).describe(SendRecv, None, false).unwrap();
    let ice = "a=ice-ufrag:thei\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa\r\n\
               a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host\r\n";
    let mut ours = identified(1, Srtp::Dtls);
    ours.offered(&offer.replace("a=setup", &format!("{ice}a=rtcp-mux\r\na=setup")), false).unwrap();
    let (answer, _) = ours.accept(now, SendRecv, None).unwrap();
    assert!(answer.contains("a=setup:active") && answer.contains("a=ice-lite"), "{answer}");
    let wakes = std::iter::from_fn(|| ours.poll()).filter_map(|output| match output {
        crate::phone::Output::Wake(at) => Some(at),
        _ => None,
    });
    assert!(wakes.min().is_some_and(|at| at > now + SECOND));
    let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    let check = crate::phone::ice::check(&format!("{}:thei", value("a=ice-ufrag:")), &value("a=ice-pwd:"), true);
    deliver(&mut ours, now, "203.0.113.9:61000", &check);
    let sent = transmits(&mut ours);
    assert!(sent.iter().any(|(to, bytes)| *to == source("203.0.113.9:61000") && bytes[0] == 22), "{sent:?}");
}

#[test]
fn a_phone_behind_nat_opens_and_is_believed_from_where_it_signals_only() {
    for (signalled, heard) in [("192.0.2.1", true), ("203.0.113.9", false)] {
        let mut wire = Wire::new(Srtp::Dtls, Srtp::Dtls);
        wire.legs[1].signalled(signalled.parse().unwrap());
        let (_, _, answer) = wire.agree(|sdp| sdp.replace("IN IP4 192.0.2.1", "IN IP4 10.0.0.1")).unwrap();
        assert!(answer.contains("a=setup:passive"), "nothing of ours would come to 10.0.0.1: {answer}");
        wire.run(SECOND);
        assert_eq!(wire.talk(1), [heard, heard], "signalled from {signalled}");
    }
}

/// A phone made of dimpl alone: its ClientHello comes before its answer, and again after a stranger's.
#[test]
fn a_phone_that_opens_early_is_answered_and_a_stranger_spoils_nothing() {
    let certificate = crate::Certificate::generate().unwrap();
    let now = std::time::Instant::now();
    let mut ours = identified(0, Srtp::Dtls);
    ours.describe(SendRecv, None, false).unwrap();
    let hello = || {
        let config = std::sync::Arc::new(Config::default());
        let mut phone = Dtls::new_12(config, certificate.dtls.clone(), now);
        phone.set_active(true);
        phone.handle_timeout(now).unwrap();
        let mut buffer = vec![0; 2048];
        match phone.poll_output(&mut buffer) {
            dimpl::Output::Packet(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    };
    deliver(&mut ours, now, "192.0.2.2:5000", &hello());
    assert_eq!(transmits(&mut ours).len(), 0, "who it is will be told by the answer");
    let (_, print) = crate::phone::fingerprint::ours(&certificate.dtls.certificate);
    let answer = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 UDP/TLS/RTP/SAVP 8\r\n\
         a=rtcp-mux\r\na=setup:active\r\na=fingerprint:sha-256 {print}\r\n"
    );
    ours.answered(now, &answer).unwrap();
    let answered = transmits(&mut ours);
    assert_eq!((answered[0].0, answered[0].1[0]), (source("192.0.2.2:5000"), 22), "the early one");
    for from in ["203.0.113.7:5000", "203.0.113.8:1"] {
        deliver(&mut ours, now, from, &hello());
    }
    assert_eq!((transmits(&mut ours).len(), ours.dropped()), (0, 2), "not from the described host");
    for port in 6000..6010 {
        deliver(&mut ours, now, &format!("192.0.2.2:{port}"), &hello());
        deliver(&mut ours, now, &format!("192.0.2.2:{port}"), &[22, 254, 253, 0, 0]);
    }
    let cookies = transmits(&mut ours);
    assert!(cookies.iter().all(|(_, bytes)| bytes.len() < hello().len()), "no amplifier");
    ours.handle(now, Input::Datagram { socket: Socket::AudioRtcp, source: source("192.0.2.2:5001"), bytes: &hello() });
    assert_eq!(transmits(&mut ours).len(), 1, "RTCP has one of its own: the offer did not mux");
}
