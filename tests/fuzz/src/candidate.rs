//! Candidates as browsers send them, and the policy on where they may lead.

use std::net::IpAddr;

use sdp::{AddressPolicy, Candidate, CandidateAddress};
use signal::Message;

/// Panics on a finding.
pub fn check(text: &str) {
    let passes = AddressPolicy::default().permits_candidate(text);
    match Candidate::parse(text).map(|candidate| candidate.address) {
        Ok(CandidateAddress::Ip(address)) => assert!(!passes || leads_out(address), "{text} passed"),
        Ok(CandidateAddress::Mdns(name)) => assert!(name.ends_with(".local"), "{name}"),
        Err(_) => assert!(!passes, "what cannot be read does not pass"),
    }
    let body = serde_json::json!({
        "id": "00000011-1111-4222-8333-444455556666",
        "candidate": { "type": "WEBRTC_LEGACY", "payload": text },
    });
    if let Ok(Message::Call(call)) = Message::read("call.candidate", &body.to_string()) {
        assert_eq!(call.method(), "call.candidate");
    }
}

/// Not the machine itself, nor what answers only on its own link.
fn leads_out(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let local = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(local || address.is_loopback() || address.is_unspecified() || address.is_multicast())
}
