//! [`TargetSet`]: whom a 3xx says to call instead (RFC 3261 section 8.1.3.4).

use crate::message::{Contacts, Response, Uri};

/// Most targets that are taken from one response.
const TARGETS: usize = 8;
/// Most targets that are called because others said so, for one INVITE.
const CALLS: usize = 5;

/// One address to try.
#[derive(Clone, Debug, PartialEq)]
struct Target {
    /// Whom to call; its header part is taken off.
    uri: Uri,
    /// Preference in thousandths, 0 to 1000; 1000 where nothing is said (section 20.10).
    q: u16,
}

/// Whom an INVITE may be sent to.
///
/// "Its initial target set only contains one URI, the Request-URI of the original request. If a client forms
/// new requests based on a 3xx class response, it places the URIs to try into the target set. […] a client MUST NOT add any
/// given URI to the target set more than once", which is what ends a loop. The best `q` goes first.
#[derive(Clone, Debug)]
pub(crate) struct TargetSet {
    tried: Vec<Uri>,
    left: Vec<Target>,
}

impl TargetSet {
    pub fn new(original: Uri) -> TargetSet {
        TargetSet { tried: vec![original], left: Vec::new() }
    }

    /// A 3xx. Whoever was called securely is not called otherwise (RFC 5630 section 5.3).
    pub fn add(&mut self, response: &Response) {
        let is_secure = self.tried.first().is_some_and(|uri| uri.scheme() == "sips");
        for target in targets(response) {
            let is_known = self.has(&target.uri) || self.left.iter().any(|known| known.uri.is_equivalent(&target.uri));
            if !is_known && (!is_secure || target.uri.scheme() == "sips") {
                self.left.push(target);
            }
        }
        // The first of equals stays first.
        self.left.sort_by_key(|target| std::cmp::Reverse(target.q));
    }

    /// The next to ask about. `None`: all were tried, or too many.
    pub fn next(&mut self) -> Option<Uri> {
        let may_be = self.tried.len() <= CALLS && !self.left.is_empty();
        may_be.then(|| self.left.remove(0).uri)
    }

    /// It is called; `false`: it was before.
    pub fn take(&mut self, target: &Uri) -> bool {
        let is_new = !self.has(target);
        if is_new {
            self.tried.push(target.clone());
        }
        is_new
    }

    fn has(&self, uri: &Uri) -> bool {
        self.tried.iter().any(|known| known.is_equivalent(uri))
    }
}

/// The targets of a 3xx, best first, the first of equals first: `sip`, `sips` and `tel` only, each once, at most [`TARGETS`].
fn targets(response: &Response) -> Vec<Target> {
    let Ok(Contacts::List(contacts)) = response.headers.contacts() else { return Vec::new() };
    let mut found: Vec<Target> = Vec::new();
    for contact in contacts {
        let q = contact.params().get("q").map_or(Some(1000), |text| thousandths(&text)).unwrap_or(0);
        let uri = match contact.uri {
            Uri::Sip(uri) if uri.params().raw("method").is_some_and(|method| method != "INVITE") => continue,
            Uri::Sip(mut uri) => {
                // What it wants in the INVITE is not the called side's to say.
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

    fn moved(contacts: &str) -> Response {
        let mut response = response("INVITE", 302);
        response.headers.push(name::CONTACT, contacts);
        response
    }

    #[test]
    fn each_is_called_once_and_not_too_many() {
        let uri = |text: &str| Uri::parse(text).unwrap();
        let mut set = TargetSet::new(uri("sip:a@h"));
        set.add(&moved("<sip:a@h>, <sip:b@h>;q=0.5, <sip:c@h>"));
        set.add(&moved("<sip:c@h>, <sip:d@h>;q=0.7"));
        let next: Vec<_> = std::iter::from_fn(|| set.next()).map(|uri| uri.to_string()).collect();
        assert_eq!(next, ["sip:c@h", "sip:d@h", "sip:b@h"]);
        assert!(set.take(&uri("sip:b@h")) && !set.take(&uri("sip:b@h")) && !set.take(&uri("sip:a@h")));
        let (mut set, mut called) = (TargetSet::new(uri("sip:a@h")), 0);
        for hop in 0..50 {
            set.add(&moved(&format!("<sip:{hop}@h>")));
            called += set.next().map_or(0, |next| u32::from(set.take(&next)));
        }
        assert_eq!(called as usize, CALLS);
    }

    #[test]
    fn what_was_secure_stays_so() {
        let mut set = TargetSet::new(Uri::parse("sips:a@h").unwrap());
        set.add(&moved("<sip:b@h>, <tel:+1>, <sips:c@h>;q=0.1, <sips:d@h;method=BYE>"));
        assert_eq!(std::iter::from_fn(|| set.next()).map(|uri| uri.to_string()).collect::<Vec<_>>(), ["sips:c@h"]);
    }
}
