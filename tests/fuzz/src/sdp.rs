//! Session descriptions: no line is lost, every view can be read, and what the address
//! policy took out stays out.

use sdp::{AddressPolicy, CandidateAddress, Description};

/// Panics on a finding.
pub fn check(text: &str) {
    let Ok(mut description) = Description::parse(text) else { return };
    let written = description.to_string();
    assert_eq!(Description::parse(&written).as_ref(), Ok(&description));
    if !text.replace("\r\n", "").contains(['\r', '\n']) && text.ends_with("\r\n") {
        assert_eq!(written, text, "with CRLF it is written as it came");
    }
    read(&description);
    let policy = AddressPolicy::default();
    description.restrict(&policy);
    assert_eq!(description.restrict(&policy), 0, "once is enough");
    for candidate in description.candidates() {
        if let CandidateAddress::Ip(address) = candidate.address {
            assert!(policy.permits(address), "{address} passed");
        }
    }
    assert_eq!(Description::parse(&description.to_string()).as_ref(), Ok(&description));
}

fn read(description: &Description) {
    assert!(description.origin().is_some(), "it was checked at the parse");
    let mut sections = 0;
    for section in description.media() {
        sections += 1;
        assert!(section.media_line().is_some(), "a section begins with m=");
        let _ = (section.direction(), section.mid(), section.ice_ufrag(), section.ice_pwd(), section.setup());
        let _ = (section.fingerprint(), section.candidates().count(), section.is_live());
        for map in section.rtpmaps() {
            let _ = section.fmtp(map.payload_type);
        }
    }
    assert!(sections <= sdp::limits::SECTIONS);
}
