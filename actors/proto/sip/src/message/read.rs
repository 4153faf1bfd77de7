//! What RFC 3261's own headers say. Every reader errs by a [`FieldError`] that names the header.

use super::address::NameAddr;
use super::error::FieldError;
use super::grammar::{is_space, is_token, number, trim};
use super::headers::Headers;
use super::method::Method;
use super::name::{self, Name};
use super::value::{CSeq, MediaType};
use super::via::Via;

/// What a Contact header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contacts {
    /// `*`: every binding (RFC 3261 section 10.2.2).
    All,
    /// Addresses, perhaps none.
    List(Vec<NameAddr>),
}

impl Contacts {
    /// The first address.
    pub fn first(&self) -> Option<&NameAddr> {
        match self {
            Contacts::All => None,
            Contacts::List(list) => list.first(),
        }
    }
}

const ADDRESS: &str = "an address";

impl Headers {
    fn required<T>(value: Option<T>, name: Name, expected: &'static str) -> Result<T, FieldError> {
        value.ok_or(FieldError::new(name, expected))
    }

    /// Every Via, topmost first; at least one.
    pub fn vias(&self) -> Result<Vec<Via>, FieldError> {
        let vias = self.each(name::VIA, "SIP/2.0/transport host;branch", Via::parse)?;
        if vias.is_empty() { Err(FieldError::new(name::VIA, "at least one")) } else { Ok(vias) }
    }

    /// The topmost Via.
    pub fn via(&self) -> Result<Via, FieldError> {
        let mut vias = self.vias()?;
        Ok(vias.swap_remove(0))
    }

    /// `From`.
    pub fn from(&self) -> Result<NameAddr, FieldError> {
        Headers::required(self.one(name::FROM, ADDRESS, NameAddr::parse)?, name::FROM, ADDRESS)
    }

    /// `To`.
    pub fn to(&self) -> Result<NameAddr, FieldError> {
        Headers::required(self.one(name::TO, ADDRESS, NameAddr::parse)?, name::TO, ADDRESS)
    }

    /// `Call-ID`.
    pub fn call_id(&self) -> Result<String, FieldError> {
        const EXPECTED: &str = "a word";
        let word = |text: &str| (!text.is_empty() && !text.contains(is_space)).then(|| text.to_owned());
        Headers::required(self.one(name::CALL_ID, EXPECTED, word)?, name::CALL_ID, EXPECTED)
    }

    /// `CSeq`.
    pub fn cseq(&self) -> Result<CSeq, FieldError> {
        const EXPECTED: &str = "a number below 2^31 and a method";
        Headers::required(self.one(name::CSEQ, EXPECTED, CSeq::parse)?, name::CSEQ, EXPECTED)
    }

    /// `Max-Forwards`.
    pub fn max_forwards(&self) -> Result<Option<u8>, FieldError> {
        self.one(name::MAX_FORWARDS, "0 to 255", number)
    }

    /// `Content-Length` in bytes.
    pub fn content_length(&self) -> Result<Option<usize>, FieldError> {
        self.one(name::CONTENT_LENGTH, "a number of bytes", number)
    }

    /// `Content-Type`.
    pub fn content_type(&self) -> Result<Option<MediaType>, FieldError> {
        self.one(name::CONTENT_TYPE, "type/subtype", MediaType::parse)
    }

    /// `Accept`; `None` if the header is missing, which means `application/sdp` (RFC 3261 section 20.1).
    pub fn accept(&self) -> Result<Option<Vec<MediaType>>, FieldError> {
        let ranges = self.each(name::ACCEPT, "type/subtype", MediaType::parse)?;
        Ok(self.has(&name::ACCEPT).then_some(ranges))
    }

    /// `Contact`.
    pub fn contacts(&self) -> Result<Contacts, FieldError> {
        if self.all(&name::CONTACT).any(|header| header.value() == b"*") {
            return self.one(name::CONTACT, "* alone", |_| Some(())).map(|_| Contacts::All);
        }
        self.each(name::CONTACT, "* or addresses", NameAddr::parse).map(Contacts::List)
    }

    /// A list of addresses: Route, Record-Route, Path, Service-Route, topmost first.
    pub fn addresses(&self, name: Name) -> Result<Vec<NameAddr>, FieldError> {
        self.each(name, "addresses in <>", NameAddr::parse)
    }

    /// A list of tokens: Require, Supported, Unsupported, Proxy-Require, Allow-Events.
    pub fn tokens(&self, name: Name) -> Result<Vec<String>, FieldError> {
        self.each(name, "tokens", |text| is_token(text).then(|| text.to_owned()))
    }

    /// Whether `Supported` or `Require` names the option tag.
    pub fn supports(&self, tag: &str) -> bool {
        let names = |name| self.tokens(name).is_ok_and(|tags| tags.iter().any(|own| own.eq_ignore_ascii_case(tag)));
        names(name::SUPPORTED) || names(name::REQUIRE)
    }

    /// Whether `Require` names the option tag.
    pub fn requires(&self, tag: &str) -> bool {
        self.tokens(name::REQUIRE).is_ok_and(|tags| tags.iter().any(|own| own.eq_ignore_ascii_case(tag)))
    }

    /// `Allow`; `None` if the header is missing, which says nothing (RFC 3261 section 20.5).
    pub fn allow(&self) -> Result<Option<Vec<Method>>, FieldError> {
        let methods = self.each(name::ALLOW, "methods", Method::parse)?;
        Ok(self.has(&name::ALLOW).then_some(methods))
    }

    /// `Expires` in seconds; more than 2^32-1 is read as that (RFC 3261 section 20.19 bounds it).
    pub fn expires(&self) -> Result<Option<u32>, FieldError> {
        self.one(name::EXPIRES, "seconds", seconds)
    }

    /// `Min-Expires` in seconds.
    pub fn min_expires(&self) -> Result<Option<u32>, FieldError> {
        self.one(name::MIN_EXPIRES, "seconds", seconds)
    }

    /// `Retry-After` in seconds, without its comment and parameters.
    pub fn retry_after(&self) -> Result<Option<u32>, FieldError> {
        let digits = |text: &str| {
            let end = text.find(|c: char| c == ';' || c == '(' || is_space(c)).unwrap_or(text.len());
            seconds(text.get(..end)?)
        };
        self.one(name::RETRY_AFTER, "seconds", digits)
    }

    /// `Warning` texts: code and text (RFC 3261 section 20.43).
    pub fn warnings(&self) -> Result<Vec<(u16, String)>, FieldError> {
        self.each(name::WARNING, "code agent \"text\"", |text| {
            let (code, rest) = text.split_once(is_space)?;
            let (_, words) = trim(rest).split_once(is_space)?;
            let code = number::<u16>(code).filter(|code| (100..1000).contains(code))?;
            Some((code, super::grammar::unquote(trim(words))?.into_owned()))
        })
    }
}

/// Digits; a number too large for 32 bits is the largest (RFC 3261 section 20.19: equal to 2^32-1).
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(Name, &str)]) -> Headers {
        let mut headers = Headers::new();
        lines.iter().for_each(|(name, value)| headers.push(name.clone(), value));
        headers
    }

    #[test]
    fn lists_run_over_lines_and_commas() {
        let read = headers(&[
            (name::VIA, "SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP b"),
            (name::VIA, "SIP/2.0/TLS c"),
            (name::CONTACT, "\"a, b\" <sip:a@h>, sip:c@h;q=0.1"),
            (name::SUPPORTED, ""),
            (name::SUPPORTED, "100rel, timer"),
        ]);
        assert_eq!(
            read.vias().unwrap().iter().map(|via| via.host.as_str().to_owned()).collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert!(matches!(read.contacts(), Ok(Contacts::List(list)) if list.len() == 2));
        assert!(read.supports("timer") && !read.requires("timer"));
        assert_eq!((read.allow(), read.accept()), (Ok(None), Ok(None)));
    }

    #[test]
    fn a_star_stands_alone() {
        assert_eq!(headers(&[(name::CONTACT, "*")]).contacts(), Ok(Contacts::All));
        assert!(headers(&[(name::CONTACT, "*"), (name::CONTACT, "sip:a@h")]).contacts().is_err());
    }

    #[test]
    fn seconds_are_bounded_and_lose_their_comment() {
        let read = headers(&[(name::RETRY_AFTER, "120 (in a meeting);duration=60"), (name::EXPIRES, "10000000000")]);
        assert_eq!((read.retry_after(), read.expires()), (Ok(Some(120)), Ok(Some(u32::MAX))));
        assert!(headers(&[(name::RETRY_AFTER, "soon")]).retry_after().is_err());
    }

    #[test]
    fn warnings_have_code_and_text() {
        let read = headers(&[(name::WARNING, "370 devnull \"Choose a \\\"bigger\\\" pipe\", 399 h \"x\"")]);
        assert_eq!(read.warnings().unwrap(), [(370, "Choose a \"bigger\" pipe".into()), (399, "x".into())]);
        assert!(headers(&[(name::WARNING, "1812 overture \"In Progress\"")]).warnings().is_err());
    }
}
