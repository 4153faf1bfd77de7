//! Which pictures are agreed on.

use std::time::Instant;

use sdp::Direction::SendRecv;

use super::setup;
use crate::bridge::Srtp;
use crate::phone::PhoneLeg;

fn leg(codecs: &[&str]) -> PhoneLeg {
    let mut setup = setup("192.0.2.2", 5000, codecs, Srtp::Off);
    (setup.policy.video, setup.ports.1) = (true, Some(5002));
    PhoneLeg::new(setup)
}

/// Our `m=video` to an offer of these formats.
fn answered(codecs: &[&str], formats: &[&str]) -> String {
    let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let numbers: Vec<String> = (96..96 + formats.len()).map(|number| number.to_string()).collect();
    let described = numbers.iter().zip(formats).map(|(number, format)| match format.split_once(' ') {
        Some((name, fmtp)) => format!("a=rtpmap:{number} {name}/90000\r\na=fmtp:{number} {fmtp}\r\n"),
        None => format!("a=rtpmap:{number} {format}/90000\r\n"),
    });
    let offer = format!("{head}m=video 4002 RTP/AVP {}\r\n{}", numbers.join(" "), described.collect::<String>());
    let mut leg = leg(codecs);
    leg.offered(&offer, false).unwrap();
    let (answer, _) = leg.accept(Instant::now(), SendRecv, Some(SendRecv)).unwrap();
    answer.lines().find(|line| line.starts_with("m=video")).unwrap().to_owned()
}

#[test]
fn h264_is_taken_by_profile_and_packetization_mode_and_refused_in_place_else() {
    let line = |formats: &[&str]| answered(&["PCMA"], formats);
    let (ours, mode_0) = ("H264 profile-level-id=42e014;packetization-mode=1", "H264 profile-level-id=42801F");
    assert_eq!(line(&[ours]), "m=video 5002 RTP/AVP 96");
    assert_eq!(
        line(&["H264 profile-level-id=640028;packetization-mode=1", ours, mode_0]),
        "m=video 5002 RTP/AVP 97 98"
    );
    assert_eq!(line(&["H264 profile-level-id=640028;packetization-mode=1"]), "m=video 0 RTP/AVP 96");
    assert_eq!(line(&["H264 profile-level-id=42e014;packetization-mode=2"]), "m=video 0 RTP/AVP 96");
    assert_eq!(line(&["H264 profile-level-id=nonsense", "VP8"]), "m=video 5002 RTP/AVP 97");
}

#[test]
fn the_network_says_which_codecs_are_offered_and_taken() {
    assert_eq!(answered(&["PCMA", "VP8"], &["H264", "VP8"]), "m=video 5002 RTP/AVP 97");
    let offer = leg(&["PCMA", "H264"]).describe(SendRecv, Some(SendRecv), false).unwrap();
    assert!(offer.contains("m=video 5002 RTP/AVP 98 99 102 103\r\n") && !offer.contains("VP8"), "{offer}");
    assert!(offer.contains("a=fmtp:98 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1\r\n"));
}
