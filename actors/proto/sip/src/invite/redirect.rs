//! [`targets`]: whom a 3xx says to call instead (RFC 3261 section 8.1.3.4).

use crate::message::{Contacts, Response, Uri};

/// Most targets that are taken from one response.
pub const TARGETS: usize = 8;

/// One address to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Whom to call; its header part is taken off.
    pub uri: Uri,
    /// Preference in thousandths, 0 to 1000; 1000 where nothing is said (section 20.10).
    pub q: u16,
}

/// The targets of a 3xx, best first, the first of equals first: `sip`, `sips` and `tel` only, each once, at most [`TARGETS`].
pub fn targets(response: &Response) -> Vec<Target> {
    let Ok(Contacts::List(contacts)) = response.headers.contacts() else { return Vec::new() };
    let mut found: Vec<Target> = Vec::new();
    for contact in contacts {
        let q = contact.params().get("q").map_or(Some(1000), |text| thousandths(&text)).unwrap_or(0);
        let uri = match contact.uri {
            Uri::Sip(mut uri) => {
                uri.clear_headers();
                Uri::Sip(uri)
            }
            Uri::Tel(uri) => Uri::Tel(uri),
            Uri::Other(_) => continue,
        };
        if !found.iter().any(|known| known.uri.is_equivalent(&uri)) {
            found.push(Target { uri, q });
        }
    }
    found.sort_by_key(|target| std::cmp::Reverse(target.q));
    found.truncate(TARGETS);
    found
}

/// `qvalue`: 0 to 1 with at most three digits behind the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok().filter(|_| digits)?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::name;
    use crate::transaction::samples::response;

    fn of(contacts: &str) -> Vec<(String, u16)> {
        let mut response = response("INVITE", 302);
        response.headers.push(name::CONTACT, contacts);
        targets(&response).into_iter().map(|target| (target.uri.to_string(), target.q)).collect()
    }

    #[test]
    fn the_best_comes_first_and_each_once() {
        let read = of("<sip:a@h>;q=0.25, <mailto:x@h>, <tel:+1>;q=0.5, <sip:b@h?Route=x>, <sip:a@h>;q=1.0");
        assert_eq!(read, [("sip:b@h".into(), 1000), ("tel:+1".into(), 500), ("sip:a@h".into(), 250)]);
        assert_eq!(of("<sip:a@h>;q=2, <sip:b@h>;q=0.001")[0], ("sip:b@h".into(), 1), "a q that is none comes last");
    }

    #[test]
    fn there_is_a_limit_and_a_star_is_nobody() {
        let many: Vec<_> = (0..50).map(|at| format!("<sip:{at}@h>")).collect();
        assert_eq!(of(&many.join(", ")).len(), TARGETS);
        assert!(of("*").is_empty() && targets(&response("INVITE", 302)).is_empty());
    }
}
