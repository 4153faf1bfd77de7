//! Whole messages for the log at trace level, without what is secret in them.

/// Headers that hold answers to challenges.
const SECRET_HEADERS: [&str; 2] = ["authorization", "proxy-authorization"];
/// Lines of a description that hold keys (RFC 4568, RFC 8445).
const SECRET_LINES: [&str; 2] = ["a=crypto:", "a=ice-pwd:"];

/// A message as text; secret values are left out, their folded lines too.
pub(super) fn without_secrets(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut hidden = false;
    for line in String::from_utf8_lossy(bytes).lines() {
        hidden = match line.bytes().next() {
            Some(b' ' | b'\t') => hidden,
            _ => is_secret(line),
        };
        let shown = if hidden { line.split_once(':').map_or("", |(name, _)| name) } else { line };
        out.extend(shown.chars().map(|c| if c.is_control() { ' ' } else { c }));
        out.push_str(if hidden { ": …\n" } else { "\n" });
    }
    out
}

fn is_secret(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let name = line.split(':').next().unwrap_or_default().trim();
    SECRET_HEADERS.contains(&name) || SECRET_LINES.iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_challenges_and_keys_are_left_out() {
        let message = "INVITE sip:b SIP/2.0\r\nAuthorization : Digest response=\"one\",\r\n cnonce=\"two\"\r\nTo: b\r\n\r\na=crypto:1 X inline:three\r\n";
        let shown = without_secrets(message.as_bytes());
        assert!(["one", "two", "three"].iter().all(|secret| !shown.contains(secret)), "{shown}");
        assert!(shown.contains("INVITE sip:b SIP/2.0\n") && shown.contains("To: b\n"), "{shown}");
    }
}
