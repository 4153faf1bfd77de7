//! Values of single headers: [`CSeq`], [`RAck`], and the many of the form `text;params`.

use std::fmt;

use super::grammar::{is_space, is_token, number, trim};
use super::method::Method;
use super::params::Params;

/// `CSeq: number method` (RFC 3261 section 20.16); the number is below 2^31 (section 8.1.1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Orders the requests of a dialog.
    pub number: u32,
    /// That of the request.
    pub method: Method,
}

impl CSeq {
    /// Reads the value.
    pub fn parse(text: &str) -> Option<CSeq> {
        let (digits, method) = trim(text).split_once(is_space)?;
        let number = number::<u32>(digits).filter(|number| *number < 1 << 31)?;
        Some(CSeq { number, method: Method::parse(trim(method))? })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// `RAck: rseq cseq method` (RFC 3262 section 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// Of the provisional response.
    pub rseq: u32,
    /// Of the request it answered.
    pub cseq: CSeq,
}

impl RAck {
    /// Reads the value.
    pub fn parse(text: &str) -> Option<RAck> {
        let (rseq, cseq) = trim(text).split_once(is_space)?;
        Some(RAck { rseq: number(rseq)?, cseq: CSeq::parse(cseq)? })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}

/// `text;params`: Event, Subscription-State, Reason, Session-Expires, Replaces, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valued {
    /// What stands before the first semicolon, trimmed.
    pub value: String,
    /// What follows.
    pub params: Params,
}

impl Valued {
    /// Reads one value; the text before the semicolon is not empty and has no spaces.
    pub fn parse(text: &str) -> Option<Valued> {
        let (value, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let value = trim(value);
        if value.is_empty() || value.contains(is_space) {
            return None;
        }
        Some(Valued { value: value.to_owned(), params: Params::parse(params)? })
    }
}

impl fmt::Display for Valued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, self.params)
    }
}

/// `type/subtype;params` (RFC 3261 section 20.15), kind and subtype in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// Such as `application`.
    pub kind: String,
    /// Such as `sdp`.
    pub subtype: String,
    /// Such as `boundary`.
    pub params: Params,
}

impl MediaType {
    /// Reads one value.
    pub fn parse(text: &str) -> Option<MediaType> {
        let (value, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let (kind, subtype) = value.split_once('/')?;
        let (kind, subtype) = (trim(kind).to_ascii_lowercase(), trim(subtype).to_ascii_lowercase());
        let ok = is_token(&kind) && is_token(&subtype);
        Some(MediaType { kind, subtype, params: Params::parse(params)? }).filter(|_| ok)
    }

    /// `application/sdp`.
    pub fn sdp() -> MediaType {
        MediaType { kind: "application".into(), subtype: "sdp".into(), params: Params::new() }
    }

    /// `message/sipfrag` (RFC 3420).
    pub fn sipfrag() -> MediaType {
        MediaType { kind: "message".into(), subtype: "sipfrag".into(), params: Params::new() }
    }

    /// Whether it is `kind/subtype`, such as `application/sdp`.
    pub fn is(&self, name: &str) -> bool {
        name.split_once('/').is_some_and(|(kind, subtype)| self.kind == kind && self.subtype == subtype)
    }

    /// Whether a range of an Accept header (`*/*`, `text/*`) covers `other`.
    pub fn covers(&self, other: &MediaType) -> bool {
        let part = |own: &str, other: &str| own == "*" || own == other;
        part(&self.kind, &other.kind) && part(&self.subtype, &other.subtype)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.kind, self.subtype, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cseq_has_a_number_below_two_to_the_31_and_a_method() {
        assert_eq!(CSeq::parse("0009  INVITE"), Some(CSeq { number: 9, method: Method::Invite }));
        for bad in ["", "1", "INVITE", "2147483648 INVITE", "-1 INVITE", "1 IN VITE", "36893488147419103232 INVITE"] {
            assert_eq!(CSeq::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn rack_and_values_come_back_as_read() {
        assert_eq!(RAck::parse("776656 1 INVITE").unwrap().to_string(), "776656 1 INVITE");
        let value = Valued::parse("active;expires=60").unwrap();
        assert_eq!((value.value.as_str(), value.params.raw("expires")), ("active", Some("60")));
        assert_eq!((Valued::parse(""), Valued::parse("a b"), Valued::parse(";a")), (None, None, None));
    }

    #[test]
    fn media_types_compare_without_case_and_ranges_cover() {
        let sdp = MediaType::parse("Application / SDP").unwrap();
        assert!(sdp.is("application/sdp") && MediaType::parse("*/*").unwrap().covers(&sdp));
        assert!(!MediaType::parse("text/*").unwrap().covers(&sdp));
        assert_eq!(MediaType::parse("sdp"), None);
    }
}
