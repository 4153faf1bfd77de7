//! `allowedTargets`: patterns of what may be called.

/// Whether `target` fits one of `patterns`; no pattern allows everything. `*`
/// stands for any run of characters, the empty one included.
pub fn allowed(patterns: &[String], target: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, target.trim()))
}

/// Whether the whole of `text` fits `pattern`.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let Some(mut part) = parts.next() else { return rest.is_empty() };
    for next in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
        part = next;
    }
    rest.ends_with(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let fit = [
            ("anna", "anna"),
            ("*", ""),
            ("a*a", "anna"),
            ("+49*", "+491"),
            ("*@a.example", "b@a.example"),
            ("a*b*c", "aXbYbc"),
            ("é*", "éa"),
        ];
        for (pattern, target) in fit {
            assert!(allowed(&[pattern.to_owned()], target), "{pattern} {target}");
        }
        for (pattern, target) in [("anna", "annab"), ("a*a", "a"), ("+49*", "+4"), ("a*b*c", "aXc"), ("*b", "ba")] {
            assert!(!allowed(&[pattern.to_owned()], target), "{pattern} {target}");
        }
        assert!(allowed(&[], "anyone"));
    }
}
