//! The phones among themselves, without the engine: the harness is right before it judges.

use crate::support::{Baresip, Kamailio, Linphone, Options, Tone};

/// Both hear each other.
#[track_caller]
fn talk(kamailio: &Kamailio, options: Options) {
    let mut alice = Baresip::start(kamailio, "alice", Options { hz: 440, ..options });
    let mut bob = Baresip::start(kamailio, "bob", Options { answers: true, ..options });
    alice.ask("dial", &format!("sip:bob@testbed.local;transport={}", options.transport));
    alice.expect("CALL_ESTABLISHED");
    alice.listens(2.5);
    bob.listens(2.5);
    alice.ask("sndcode", "5");
    assert_eq!(bob.expect("CALL_DTMF_START"), "5");
    alice.ask("hangup", "");
    bob.expect("CALL_CLOSED");
    alice.heard().is_mostly(options.hz);
    bob.heard().is_mostly(440);
}

#[test]
fn sip_phones_hear_each_other_over_each_transport() {
    let kamailio = Kamailio::start(&["alice", "bob"]);
    for transport in ["udp", "tcp", "tls"] {
        talk(&kamailio, Options { transport, ..Options::default() });
    }
}

#[test]
fn sip_phones_hear_each_other_with_each_kind_of_media() {
    let kamailio = Kamailio::start(&["alice", "bob"]);
    for codecs in ["PCMU/8000/1", "G722/16000/1", "opus/48000/2"] {
        talk(&kamailio, Options { codecs, ..Options::default() });
    }
    for (encryption, ice) in [("srtp", false), ("srtp-mand", false), ("dtls_srtp", true)] {
        talk(&kamailio, Options { encryption: Some(encryption), ice, ..Options::default() });
    }
}

#[test]
fn sip_phones_register_again_after_the_registrar_was_away() {
    let mut kamailio = Kamailio::start(&["alice", "bob"]);
    kamailio.stop();
    kamailio.restart();
    talk(&kamailio, Options::default());
}

#[test]
fn sip_linphone_and_baresip_hear_each_other() {
    let (kamailio, tone) = (Kamailio::start(&["alice", "bob"]), Tone::new(523));
    let mut alice = Linphone::start(&kamailio, "alice", &tone);
    let mut bob = Baresip::start(&kamailio, "bob", Options { answers: true, ..Options::default() });
    alice.tell("call sip:bob@testbed.local");
    bob.expect("CALL_ESTABLISHED");
    bob.listens(2.5);
    alice.tell("terminate");
    bob.expect("CALL_CLOSED");
    bob.heard().is_mostly(tone.hz);
    alice.heard().is_mostly(880);
}
