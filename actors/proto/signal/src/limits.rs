//! Limits of the wire: the one list. Each has its unit in its name and an
//! error of [`Code`](crate::Code). Characters are Unicode scalar values.

use std::ops::RangeInclusive;

/// Largest SDP in bytes (`tooLarge`).
pub const SDP_BYTES: usize = 64 * 1024;
/// Largest candidate payload in bytes of JSON (`tooLarge`).
pub const CANDIDATE_BYTES: usize = 2048;
/// Longest media identification tag (RFC 5888) in characters (`invalidField`).
pub const MID_CHARS: usize = 64;
/// Longest ICE user name fragment in characters (RFC 8839 5.4; `invalidField`).
pub const UFRAG_CHARS: usize = 256;
/// Longest target, name or reason detail in characters (`invalidField`).
pub const TEXT_CHARS: usize = 512;
/// Longest `method` in characters (`invalidField`).
pub const METHOD_CHARS: usize = 64;
/// Longest `id` of a request in characters (`invalidField`).
pub const REF_CHARS: usize = 64;
/// Longest session token in characters (`invalidField`).
pub const TOKEN_CHARS: usize = 512;
/// Longest `gcid` in characters (`invalidField`).
pub const GCID_CHARS: usize = 64;
/// Most characters in one `call.dtmf` (`invalidField`).
pub const DTMF_CHARS: usize = 64;
/// Length of a DTMF tone in milliseconds (RTCDTMFSender's 40 to 6000, and room for slow gateways; `invalidField`).
pub const DTMF_MS: RangeInclusive<u32> = 40..=10_000;
/// Most receivers in one `to` (`limitExceeded`).
pub const FORK_TARGETS: usize = 16;
/// Most further facts in one `call.info` (`limitExceeded`).
pub const INFO_FACTS: usize = 16;
/// Longest name of a room in characters (`invalidField`).
pub const ROOM_CHARS: usize = 128;
/// Longest pin of a room in characters (`invalidField`).
pub const PIN_CHARS: usize = 32;
/// Longest chat text in characters (`invalidField`).
pub const CHAT_CHARS: usize = 4096;
/// Longest URL of a file in characters (`invalidField`).
pub const URL_CHARS: usize = 2048;
/// Most videos in one `conference.subscribe` (`limitExceeded`).
pub const SUBSCRIPTIONS: usize = 256;
/// Largest width or height of a subscribed video in pixels (`invalidField`).
pub const VIDEO_PIXELS: u32 = 8192;

/// How deep JSON text nests, without parsing it: brackets outside strings.
///
/// Exact for valid JSON. Of other text the prefix up to the first fault counts
/// right, and no parser looks further.
pub fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether JSON text nests deeper than `levels`.
///
/// Text never nests deeper than it has opening brackets, and to count those is
/// many times cheaper than to walk the strings: an SDP has next to none.
pub fn deeper_than(json: &str, levels: usize) -> bool {
    // 255 bytes at a time, so that the count fits a byte and the loop a vector.
    let opening = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(matches!(byte, b'{' | b'['))).sum::<u8>();
    let brackets: usize = json.as_bytes().chunks(255).map(|chunk| usize::from(opening(chunk))).sum();
    brackets > levels && depth(json) > levels
}
