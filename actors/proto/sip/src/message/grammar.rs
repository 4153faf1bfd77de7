//! The small words of RFC 3261 section 25.1 that every header is made of: tokens, quoted
//! strings, lists at commas, `;name=value` parameters.

use std::borrow::Cow;

/// `token`: one or more of the letters that need no quotes.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// One letter of a `token`.
pub fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// `LWS` after unfolding.
pub fn is_space(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// Without `LWS` at both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Splits at `separator` outside quoted strings and angle brackets. `None`: a quote or a bracket
/// is not closed, or a bracket closes that none opened.
pub fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped, mut bracket) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracket => quoted = !quoted,
            _ if quoted => {}
            '<' if bracket => return None,
            '<' => bracket = true,
            '>' if !bracket => return None,
            '>' => bracket = false,
            _ if c == separator && !bracket => {
                parts.push(trim(text.get(start..at)?));
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(trim(text.get(start..)?));
    (!quoted && !bracket).then_some(parts)
}

/// The values of a list header. An empty header is an empty list; an empty value between
/// commas is an error, as the grammar has it.
pub fn list(text: &str) -> Option<Vec<&str>> {
    if trim(text).is_empty() {
        return Some(Vec::new());
    }
    split(text, ',').filter(|values| values.iter().all(|value| !value.is_empty()))
}

/// What a `quoted-string` holds, its escapes undone. `None`: not one quoted string.
pub fn unquote(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains(['\\', '"']) {
        return Some(Cow::Borrowed(inner));
    }
    let (mut out, mut letters) = (String::with_capacity(inner.len()), inner.chars());
    while let Some(c) = letters.next() {
        match c {
            '\\' => out.push(letters.next()?),
            '"' => return None,
            c => out.push(c),
        }
    }
    Some(Cow::Owned(out))
}

/// As a `quoted-string`.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// A decimal number of digits only, within `T`'s range.
pub fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Letters without `%HH` escapes; an escape that is none stays as it is. What is no UTF-8
/// afterwards is replaced.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let hex = (byte == b'%').then(|| bytes.get(at + 1..at + 3)).flatten().and_then(hex);
        out.push(hex.unwrap_or(byte));
        at += if hex.is_some() { 3 } else { 1 };
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn hex(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0u8, |value, digit| Some((value << 4) | (*digit as char).to_digit(16)? as u8))
}

/// `text` with everything escaped that is not unreserved (RFC 3261 section 25.1) or in `keep`.
pub fn escape(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = byte as char;
        if byte.is_ascii_alphanumeric() || "-_.!~*'()".contains(c) || (byte.is_ascii() && keep.contains(c)) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whether every byte is unreserved, one of `also`, or starts a whole `%HH`.
pub fn is_escaped_text(text: &str, also: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes.get(at + 1..at + 3).and_then(hex).is_some(),
        byte => byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(byte) || also.as_bytes().contains(byte),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_outside_quotes_and_brackets() {
        assert_eq!(list("a, \"b,\\\",c\" <sip:d,e>;f , g"), Some(vec!["a", "\"b,\\\",c\" <sip:d,e>;f", "g"]));
        assert_eq!(list("  "), Some(vec![]));
        for bad in ["a,,b", ",a", "a,", "\"a", "<a", "a>", "<<a>>"] {
            assert_eq!(list(bad), None, "{bad}");
        }
    }

    #[test]
    fn quoted_strings_lose_and_gain_their_escapes() {
        assert_eq!(unquote(r#""a\"b\\""#).as_deref(), Some("a\"b\\"));
        assert_eq!(unquote(r#""a"b""#), None);
        assert_eq!(unquote(r#""a\""#), None);
        assert_eq!(quote("a\"b\\"), r#""a\"b\\""#);
    }

    #[test]
    fn escapes_are_undone_once_and_made_where_needed() {
        assert_eq!(unescape("a%2540%zz%4"), "a%40%zz%4");
        assert_eq!(escape("a b;c", ";"), "a%20b;c");
        assert!(is_escaped_text("a%20b", "") && !is_escaped_text("a%2", "") && !is_escaped_text("a b", ""));
    }

    #[test]
    fn numbers_are_digits_in_range() {
        assert_eq!(number::<u8>("255"), Some(255));
        assert_eq!((number::<u8>("256"), number::<u8>("+1"), number::<u8>("")), (None, None, None));
    }
}
