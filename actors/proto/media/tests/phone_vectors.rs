//! Offers of phones and our answers: `tests/vectors/sdp/plain/NAME.in.sdp` is answered with
//! `NAME.answer.sdp`, or refused where that is empty.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says why; virtual time needs an origin"
)]

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use media::Certificate;
use media::bridge::{PhonePolicy, Srtp};
use media::phone::{PhoneLeg, PhoneSetup};
use sdp::{AddressPolicy, Direction::SendRecv};

fn leg() -> PhoneLeg {
    let mut policy = PhonePolicy::new("192.0.2.1".parse().unwrap());
    policy.srtp = Srtp::Optional;
    policy.video = true;
    let (addresses, ports) = (AddressPolicy::default(), (40000, Some(40002)));
    let certificate = Certificate::generate().unwrap();
    PhoneLeg::new(PhoneSetup { policy, addresses, ports, entropy: [7; 32] }).identified(&certificate)
}

fn answer(offer: &str) -> String {
    let mut leg = leg();
    let answer = leg.offered(offer, false).and_then(|_| leg.accept(Instant::now(), SendRecv, Some(SendRecv)));
    answer.map(|(answer, _)| answer).unwrap_or_default()
}

#[test]
fn every_offer_is_answered_as_stands_beside_it() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/sdp/plain");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".in.sdp") else { continue };
        let offer = fs::read_to_string(folder.join(&name)).unwrap();
        let expected = fs::read_to_string(folder.join(format!("{stem}.answer.sdp"))).unwrap_or_default();
        // Keys, session id and certificate are chance.
        let shown = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with("o="));
            lines
                .map(|line| {
                    line.split("inline:").next().and_then(|line| line.split("sha-256 ").next()).unwrap().to_owned()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&answer(&offer)), shown(&expected), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 10);
}
