//! Another dialog takes the leg, and gives it back.

use std::time::Duration;

use sdp::Direction::{SendOnly, SendRecv};

use super::wire::Wire;
use super::{deliver, leg, packet, source, transmits};
use crate::bridge::Srtp;
use crate::phone::{Medium, PhoneLeg};

fn same(sdp: &str) -> String {
    sdp.to_owned()
}

/// Two that talk, and the offer of a third.
fn up(srtp: Srtp) -> (Wire, PhoneLeg, String) {
    let mut wire = Wire::new(srtp, srtp);
    wire.agree(same).unwrap();
    wire.run(Duration::from_secs(1));
    assert_eq!(wire.talk(1), [true, true]);
    let mut third = leg("192.0.2.9", 9000, &["PCMA"], if srtp == Srtp::Dtls { Srtp::Sdes } else { srtp });
    let offer = third.describe(SendRecv, None, false).unwrap();
    (wire, third, offer)
}

#[test]
fn the_phone_before_goes_on_as_if_nothing_had_been() {
    for srtp in [Srtp::Off, Srtp::Optional, Srtp::Sdes] {
        let (mut wire, _, offer) = up(srtp);
        let ours = |sdp: &str| sdp.lines().nth(1).map(|line| line.split(' ').nth(1).unwrap().to_owned());
        let first = ours(&wire.legs[1].describe(SendRecv, None, false).unwrap());
        wire.legs[1].rollback(wire.now);
        for number in [2, 3] {
            wire.legs[1].offered(&offer, true).unwrap();
            let (answer, _) = wire.legs[1].accept(wire.now, SendRecv, None).unwrap();
            assert_ne!(ours(&answer), first, "another session");
            let agreement = wire.legs[1].rollback(wire.now).expect("what was agreed on before");
            assert_eq!(agreement.audio.codec().map(|codec| codec.payload_type), Some(8), "{srtp:?}");
            assert_eq!(agreement.secured, srtp != Srtp::Off);
            assert_eq!(wire.talk(number), [true, true], "{srtp:?}");
        }
        assert_eq!(ours(&wire.legs[1].describe(SendOnly, None, false).unwrap()), first, "{srtp:?}");
        wire.legs[1].rollback(wire.now);
        wire.agree(same).unwrap();
        assert_eq!(wire.talk(4), [true, true], "{srtp:?}: an offer of its own");
    }
}

#[test]
fn an_association_goes_on_without_another_handshake() {
    let (mut wire, ..) = up(Srtp::Dtls);
    let mut third = super::wire::identified(0, Srtp::Dtls);
    let offer = third.describe(SendRecv, None, false).unwrap().replace("192.0.2.1", "192.0.2.9");
    wire.legs[1].offered(&offer, true).unwrap();
    wire.legs[1].accept(wire.now, SendRecv, None).unwrap();
    transmits(&mut wire.legs[1]);
    wire.seen.clear();
    assert!(wire.legs[1].rollback(wire.now).is_some_and(|agreement| agreement.secured));
    assert_eq!(wire.talk(2), [true, true]);
    wire.agree(same).unwrap();
    assert_eq!(wire.talk(3), [true, true]);
    assert!(wire.seen.iter().all(|(_, bytes)| bytes[0] >= 128), "no handshake");
}

#[test]
fn what_our_offer_to_another_brought_about_is_taken_back_too() {
    let (mut wire, ..) = up(Srtp::Off);
    let offer = wire.legs[1].describe(SendRecv, None, true).unwrap();
    assert_eq!(wire.talk(2), [true, true], "nothing is answered yet");
    let mut third = leg("192.0.2.9", 9000, &["PCMA"], Srtp::Off);
    third.offered(&offer, false).unwrap();
    let (answer, _) = third.accept(wire.now, SendRecv, None).unwrap();
    // Once more, as a retransmitted 200 has it.
    wire.legs[1].answered(wire.now, &answer).unwrap();
    wire.legs[1].answered(wire.now, &answer).unwrap();
    wire.legs[1].send(wire.now, Medium::Audio, &packet(90, b"y"));
    assert_eq!(transmits(&mut wire.legs[1])[0].0, source("192.0.2.9:9000"));
    assert!(wire.legs[1].rollback(wire.now).is_some());
    let before = wire.legs[1].dropped();
    third.send(wire.now, Medium::Audio, &packet(1, b"x"));
    let bytes = transmits(&mut third).remove(0).1;
    deliver(&mut wire.legs[1], wire.now, "192.0.2.9:9000", &bytes);
    assert_eq!(wire.legs[1].dropped(), before + 1, "it is a stranger again");
    assert_eq!(wire.talk(91), [true, true]);
}

#[test]
fn what_is_offered_next_confirms_the_dialog_that_has_the_leg() {
    let (mut wire, _, offer) = up(Srtp::Off);
    wire.legs[1].offered(&offer, true).unwrap();
    wire.legs[1].accept(wire.now, SendRecv, None).unwrap();
    wire.legs[1].describe(SendOnly, None, false).unwrap();
    assert!(wire.legs[1].rollback(wire.now).is_none());
    wire.legs[1].send(wire.now, Medium::Audio, &packet(90, b"y"));
    assert_eq!(transmits(&mut wire.legs[1])[0].0, source("192.0.2.9:9000"));
}

/// However often the call is transferred: more keys than a leg keeps of one dialog.
#[test]
fn each_of_many_dialogs_has_keys() {
    let (mut wire, ..) = up(Srtp::Sdes);
    for number in 2..14 {
        let mut next = leg("192.0.2.1", 4000, &["PCMA"], Srtp::Sdes);
        let offer = next.describe(SendRecv, None, false).unwrap();
        wire.legs[1].offered(&offer, true).unwrap();
        let (answer, _) = wire.legs[1].accept(wire.now, SendRecv, None).unwrap();
        next.answered(wire.now, &answer).unwrap();
        wire.legs[0] = next;
        assert_eq!(wire.talk(number), [true, true], "dialog {number}");
    }
}
