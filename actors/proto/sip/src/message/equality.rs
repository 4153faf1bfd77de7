//! When two URIs are the same (RFC 3261 section 19.1.4).

use super::grammar::unescape;
use super::params::Params;
use super::uri::{SipUri, TelUri, Uri};

/// Parameters that must stand in both URIs or in none.
const MANDATORY: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

impl Uri {
    /// Equality as RFC 3261 section 19.1.4 and RFC 3966 section 5 define it. It is not transitive, so
    /// it is no `Eq`: `==` on a [`Uri`] compares what is written.
    pub fn is_equivalent(&self, other: &Uri) -> bool {
        match (self, other) {
            (Uri::Sip(own), Uri::Sip(other)) => own.is_equivalent(other),
            (Uri::Tel(own), Uri::Tel(other)) => own.is_equivalent(other),
            (Uri::Other(own), Uri::Other(theirs)) => {
                self.scheme().eq_ignore_ascii_case(other.scheme()) && own.rest() == theirs.rest()
            }
            (Uri::Sip(_) | Uri::Tel(_) | Uri::Other(_), _) => false,
        }
    }
}

impl SipUri {
    /// See [`Uri::is_equivalent`].
    pub fn is_equivalent(&self, other: &SipUri) -> bool {
        self.secure == other.secure
            && same_text(self.raw_user(), other.raw_user())
            && same_text(self.password(), other.password())
            && self.host == other.host
            && self.port == other.port
            && same_params(self.params(), other.params())
            && same_headers(self, other)
    }
}

impl TelUri {
    fn is_equivalent(&self, other: &TelUri) -> bool {
        let same = |name, value: Option<&str>, params: &Params| {
            let found = params.raw(name);
            params.has(name) && value.map(str::to_ascii_lowercase) == found.map(str::to_ascii_lowercase)
        };
        self.dialled().eq_ignore_ascii_case(&other.dialled())
            && self.params().iter().count() == other.params().iter().count()
            && self.params().iter().all(|(name, value)| same(name, value, other.params()))
    }
}

/// Escapes of letters that need none do not matter; case does. An escape of a reserved letter is
/// not that letter, so both are brought to one spelling first.
fn same_text(own: Option<&str>, other: Option<&str>) -> bool {
    own.map(spelling) == other.map(spelling)
}

/// Escapes of unreserved letters undone, the rest in capital hex.
fn spelling(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (digits, tail) = after.split_at_checked(2).unwrap_or((after, ""));
        let letter = u8::from_str_radix(digits, 16).ok();
        match letter {
            Some(letter) if letter.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&letter) => {
                out.push(letter as char)
            }
            Some(_) | None => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn same_params(own: &Params, other: &Params) -> bool {
    let value = |params: &Params, name: &str| params.raw(name).map(|value| unescape(value).to_ascii_lowercase());
    let mandatory = MANDATORY.iter().all(|name| own.has(name) == other.has(name));
    mandatory && own.iter().all(|(name, _)| !other.has(name) || value(own, name) == value(other, name))
}

/// Header parts are never ignored; their order is.
fn same_headers(own: &SipUri, other: &SipUri) -> bool {
    let sorted = |uri: &SipUri| {
        let mut headers: Vec<_> =
            uri.headers().map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned())).collect();
        headers.sort();
        headers
    };
    own.raw_headers().len() == other.raw_headers().len() && sorted(own) == sorted(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(own: &str, other: &str) -> bool {
        let (own, other) = (Uri::parse(own).unwrap(), Uri::parse(other).unwrap());
        assert_eq!(own.is_equivalent(&other), other.is_equivalent(&own));
        own.is_equivalent(&other)
    }

    #[test]
    fn the_equal_pairs_of_the_rfc_are_equal() {
        for (own, other) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("tel:+1-201-555-0123", "tel:+12015550123"),
            ("urn:service:sos", "URN:service:sos"),
        ] {
            assert!(same(own, other), "{own} {other}");
        }
    }

    #[test]
    fn the_unequal_pairs_of_the_rfc_are_not() {
        for (own, other) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sips:bob@biloxi.com", "sip:bob@biloxi.com"),
            ("sip:null-%00-null@example.com", "sip:null-%00%00-null@example.com"),
            ("tel:+12015550123", "tel:+12015550123;ext=1"),
        ] {
            assert!(!same(own, other), "{own} {other}");
        }
    }
}
