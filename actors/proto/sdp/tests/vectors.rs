//! Whole descriptions in, whole descriptions out: `tests/vectors/sdp/NAME.in.sdp` becomes
//! `NAME.out.sdp` under the strict address policy.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

use std::fs;
use std::path::PathBuf;

use sdp::{AddressPolicy, Description, Direction, Setup};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/sdp")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn parse(name: &str) -> Description {
    Description::parse(&read(name)).unwrap()
}

#[test]
fn every_vector_comes_out_as_written_beside_it() {
    let mut seen = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".in.sdp") else { continue };
        let text = read(&name);
        let mut description = Description::parse(&text).unwrap();
        if text.contains('\r') {
            assert_eq!(description.to_string(), text, "{name} does not survive a round trip");
        }
        description.restrict(&AddressPolicy::default());
        assert_eq!(description.to_string(), read(&format!("{stem}.out.sdp")), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn a_chrome_offer_is_understood() {
    let offer = parse("chrome-offer.in.sdp");
    assert!(offer.offers("audio") && offer.offers("video") && !offer.offers("application"));
    assert!(offer.has_candidates() && !parse("chrome-trickle-offer.in.sdp").has_candidates());
    assert_eq!(offer.origin().unwrap().version, "2");
    let audio = offer.media().next().unwrap();
    assert_eq!(audio.media_line().unwrap().protocol, "UDP/TLS/RTP/SAVPF");
    assert_eq!((audio.mid(), audio.setup()), (Some("0"), Some(Setup::ActPass)));
    assert_eq!(audio.direction(), Direction::SendRecv);
    assert_eq!(audio.fingerprint().unwrap().hash, "sha-256");
    assert!(audio.ice_ufrag().is_some() && audio.ice_pwd().is_some());
    let opus = audio.rtpmaps().find(|map| map.codec == "opus").unwrap();
    assert_eq!((opus.clock_hz, opus.channels), (48_000, 2));
    assert_eq!(audio.fmtp(opus.payload_type), Some("minptime=10;useinbandfec=1"));
    assert_eq!(audio.candidates().count(), 4);
    let answer = parse("chrome-answer.in.sdp");
    assert_eq!(answer.media().next().unwrap().setup(), Some(Setup::Active));
}

#[test]
fn a_firefox_offer_keeps_what_it_says_once_for_all_sections() {
    let offer = parse("firefox-offer.in.sdp");
    let video = offer.media().nth(1).unwrap();
    assert_eq!(video.fingerprint().unwrap().value.len(), 32 * 3 - 1, "of the session part");
    assert_eq!(video.attribute("fingerprint"), None);
    assert_eq!(video.direction(), Direction::RecvOnly);
    assert!(video.is_live(), "bundle-only has port 0 and is not refused");
    assert_eq!(offer.candidates().count(), 3);
}

#[test]
fn refused_sections_stay_in_place() {
    let answer = parse("refused-sections-lf.in.sdp");
    let kinds: Vec<_> = answer.media().map(|section| section.media_line().unwrap().kind.to_owned()).collect();
    assert_eq!(kinds, ["audio", "video", "application"]);
    assert!(!answer.offers("audio"), "inactive");
    assert!(!answer.offers("video"), "port 0");
}
