//! Limits of the wire. Each has its unit in its name and an error of `Code`.

/// Largest SDP in bytes (`tooLarge`).
pub const SDP_BYTES: usize = 64 * 1024;
/// Largest candidate in bytes (`tooLarge`).
pub const CANDIDATE_BYTES: usize = 2048;
/// Longest target, name or reason detail in characters (`invalidField`).
pub const TEXT_CHARS: usize = 512;
/// Most characters in one `call.dtmf` (`invalidField`).
pub const DTMF_CHARS: usize = 64;
/// Most receivers in one `to` (`limitExceeded`).
pub const FORK_TARGETS: usize = 16;

/// How deep JSON text nests, without parsing it: brackets outside strings.
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
