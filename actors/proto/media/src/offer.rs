//! What an offer must satisfy before it may touch a peer's state.
//!
//! str0m applies an offer step by step, so one that fails half-way leaves a peer that is
//! neither old nor new. Everything a page can get wrong that is visible without parsing
//! each attribute is refused here, where refusing costs nothing.

use thiserror::Error;

use crate::limits::{MEDIA_SECTIONS, SDP_BYTES};

/// Why an offer is refused. Nothing was changed by it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OfferError {
    /// Longer than [`SDP_BYTES`].
    #[error("the offer has {0} bytes, at most {SDP_BYTES} are taken")]
    TooLong(usize),
    /// Not one media section, or more than [`MEDIA_SECTIONS`].
    #[error("the offer has {0} media sections, 1 to {MEDIA_SECTIONS} are taken")]
    Sections(usize),
    /// A media section without `a=mid` (RFC 8829 5.2.1), or with one already used.
    #[error("media section {0} has no a=mid of its own")]
    Mid(usize),
    /// A section of the last offer is gone or stands elsewhere (RFC 3264 8).
    #[error("media section {0} is not the one it was in the last offer")]
    Moved(usize),
    /// A session-level or media-level attribute that WebRTC cannot do without.
    #[error("the offer has no {0}")]
    Missing(&'static str),
    /// The parser's words.
    #[error("the offer is not SDP: {0}")]
    Syntax(String),
    /// One payload type stands for two codecs, or the like. It ends the peer: how far the
    /// offer was applied is unknown.
    #[error("the offer contradicts itself")]
    Contradiction,
    /// An answer to nothing.
    #[error("no offer waits for this answer")]
    NoOffer,
    /// What negotiation says.
    #[error("the offer cannot be applied: {0}")]
    Negotiation(String),
}

/// An offer that may be applied.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// The offer without transport-wide feedback for audio, and without candidates: we never send to an address a page names, and names
    /// such as `.local` (mDNS) are no reason to refuse an offer.
    pub sdp: String,
    /// The media sections in order.
    pub sections: Vec<Section>,
}

/// One `m=` section, as far as its place matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    mid: String,
    /// Port 0: rejected, its place may be used again (RFC 8829 5.2.2).
    rejected: bool,
}

impl Section {
    /// The `a=mid` of a section that is not rejected.
    pub fn live_mid(&self) -> Option<&str> {
        (!self.rejected).then_some(self.mid.as_str())
    }
}

/// Checks an offer against the sections of the one before it.
pub(crate) fn check(sdp: &str, before: &[Section]) -> Result<Checked, OfferError> {
    if sdp.len() > SDP_BYTES {
        return Err(OfferError::TooLong(sdp.len()));
    }
    for (attribute, name) in
        [("a=ice-ufrag:", "a=ice-ufrag"), ("a=ice-pwd:", "a=ice-pwd"), ("a=fingerprint:", "a=fingerprint")]
    {
        if !sdp.lines().any(|line| line.starts_with(attribute)) {
            return Err(OfferError::Missing(name));
        }
    }
    let sections = sections(sdp)?;
    for (index, old) in before.iter().enumerate() {
        let kept = sections.get(index).is_some_and(|new| new.mid == old.mid || old.rejected);
        if !kept {
            return Err(OfferError::Moved(index));
        }
    }
    Ok(Checked { sdp: prepared(sdp), sections })
}

fn sections(sdp: &str) -> Result<Vec<Section>, OfferError> {
    let mut sections: Vec<(Option<&str>, bool)> = Vec::new();
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            sections.push((None, media.split(' ').nth(1) == Some("0")));
        } else if let (Some(mid), Some(section)) = (line.strip_prefix("a=mid:"), sections.last_mut()) {
            section.0 = Some(mid.trim_end());
        }
    }
    if sections.is_empty() || sections.len() > MEDIA_SECTIONS {
        return Err(OfferError::Sections(sections.len()));
    }
    let mut named: Vec<Section> = Vec::with_capacity(sections.len());
    for (index, (mid, rejected)) in sections.into_iter().enumerate() {
        let mid = mid.filter(|mid| !mid.is_empty() && !named.iter().any(|other| other.mid == *mid));
        let mid = mid.ok_or(OfferError::Mid(index))?.to_owned();
        named.push(Section { mid, rejected });
    }
    Ok(named)
}

/// Leaves out candidates, and transport-wide feedback for audio: a report for every few
/// packets in both directions costs more than the packets and steers nothing, since a voice
/// has the bit rate it has. Firefox does not offer it either.
fn prepared(sdp: &str) -> String {
    let mut kept = String::with_capacity(sdp.len() + 2);
    let mut audio = false;
    for line in sdp.lines().filter(|line| !line.is_empty()) {
        audio = if line.starts_with("m=") { line.starts_with("m=audio ") } else { audio };
        let candidate = line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates");
        let dropped = candidate || (audio && is_transport_wide(line));
        if !dropped {
            kept.push_str(line);
            kept.push_str("\r\n");
        }
    }
    kept
}

/// The two lines of draft-holmer-rmcat-transport-wide-cc-extensions-01.
fn is_transport_wide(line: &str) -> bool {
    let feedback = line.starts_with("a=rtcp-fb:") && line.trim_end().ends_with(" transport-cc");
    feedback || (line.starts_with("a=extmap:") && line.contains("transport-wide-cc-extensions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "v=0\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\na=fingerprint:sha-256 00\r\n";

    fn offer(media: &str) -> String {
        format!("{HEAD}{media}")
    }

    fn checked(sdp: &str, before: &[Section]) -> Result<Vec<String>, OfferError> {
        check(sdp, before).map(|checked| checked.sections.into_iter().map(|section| section.mid).collect())
    }

    #[test]
    fn sections_are_found_in_order_and_candidates_taken_out() {
        let sdp =
            offer("m=audio 9 X 0\r\na=candidate:1 1 udp 1 a.local 9 typ host\r\na=mid:0\r\nm=video 0 X 96\na=mid:v\n");
        let checked = check(&sdp, &[]).expect("a good offer");
        assert_eq!(
            checked.sections,
            [Section { mid: "0".into(), rejected: false }, Section { mid: "v".into(), rejected: true },]
        );
        assert!(!checked.sdp.contains("candidate") && checked.sdp.ends_with("a=mid:v\r\n"));
    }

    #[test]
    fn transport_wide_feedback_stays_for_video_only() {
        let lines = "a=mid:X\na=rtcp-fb:1 transport-cc\na=extmap:3 http://x/draft-holmer-rmcat-transport-wide-cc-extensions-01\n";
        let sdp = offer(&format!("m=audio 9 X 1\n{}m=video 9 X 1\n{lines}", lines.replace('X', "Y")));
        let sdp = check(&sdp, &[]).expect("a good offer").sdp;
        let (audio, video) = sdp.split_once("m=video").expect("video");
        assert!(!audio.contains("transport") && video.contains("transport-cc") && video.contains("transport-wide"));
    }

    #[test]
    fn bad_offers_name_what_is_wrong() {
        assert_eq!(checked("", &[]), Err(OfferError::Missing("a=ice-ufrag")));
        assert_eq!(checked(&offer(""), &[]), Err(OfferError::Sections(0)));
        assert_eq!(checked(&offer(&"m=audio 9 X 0\n".repeat(17)), &[]), Err(OfferError::Sections(17)));
        assert_eq!(checked(&offer("m=audio 9 X 0\n"), &[]), Err(OfferError::Mid(0)));
        assert_eq!(checked(&offer("m=a 9\na=mid:0\nm=v 9\na=mid:0\n"), &[]), Err(OfferError::Mid(1)));
        assert_eq!(checked(&"x".repeat(SDP_BYTES + 1), &[]), Err(OfferError::TooLong(SDP_BYTES + 1)));
    }

    #[test]
    fn a_section_keeps_its_place_unless_it_was_rejected() {
        let section = |mid: &str, rejected| Section { mid: mid.into(), rejected };
        let before = [section("0", false), section("1", true)];
        assert_eq!(checked(&offer("m=a 9\na=mid:0\nm=v 9\na=mid:7\n"), &before), Ok(vec!["0".into(), "7".into()]));
        assert_eq!(checked(&offer("m=a 9\na=mid:0\n"), &before), Err(OfferError::Moved(1)));
        assert_eq!(checked(&offer("m=a 9\na=mid:1\nm=v 9\na=mid:0\n"), &before), Err(OfferError::Moved(0)));
    }
}
