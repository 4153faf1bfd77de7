//! [`Name`]: header names, compact forms included.

use std::borrow::Cow;
use std::fmt;

use super::grammar::is_token;

/// The name of a header. Names compare without case; known ones are spelled as their RFC does.
#[derive(Clone, Debug, Eq)]
pub struct Name(Cow<'static, str>);

macro_rules! names {
    ($($constant:ident = $long:literal $(| $compact:literal)?,)*) => {
        $(
            #[doc = concat!("`", $long, "`")]
            pub const $constant: Name = Name(Cow::Borrowed($long));
        )*

        /// Known names with their compact form.
        const KNOWN: &[(&str, Option<&str>)] = &[$(($long, names!(@compact $($compact)?)),)*];
    };
    (@compact) => { None };
    (@compact $compact:literal) => { Some($compact) };
}

names! {
    ACCEPT = "Accept",
    ACCEPT_ENCODING = "Accept-Encoding",
    ACCEPT_LANGUAGE = "Accept-Language",
    ALLOW = "Allow",
    ALLOW_EVENTS = "Allow-Events" | "u",
    AUTHENTICATION_INFO = "Authentication-Info",
    AUTHORIZATION = "Authorization",
    CALL_ID = "Call-ID" | "i",
    CALL_INFO = "Call-Info",
    CONTACT = "Contact" | "m",
    CONTENT_DISPOSITION = "Content-Disposition",
    CONTENT_ENCODING = "Content-Encoding" | "e",
    CONTENT_LENGTH = "Content-Length" | "l",
    CONTENT_TYPE = "Content-Type" | "c",
    CSEQ = "CSeq",
    DATE = "Date",
    DIVERSION = "Diversion",
    EVENT = "Event" | "o",
    EXPIRES = "Expires",
    FROM = "From" | "f",
    HISTORY_INFO = "History-Info",
    JOIN = "Join",
    MAX_FORWARDS = "Max-Forwards",
    MIN_EXPIRES = "Min-Expires",
    MIN_SE = "Min-SE",
    P_ASSERTED_IDENTITY = "P-Asserted-Identity",
    P_PREFERRED_IDENTITY = "P-Preferred-Identity",
    PATH = "Path",
    PRIVACY = "Privacy",
    PROXY_AUTHENTICATE = "Proxy-Authenticate",
    PROXY_AUTHORIZATION = "Proxy-Authorization",
    PROXY_REQUIRE = "Proxy-Require",
    RACK = "RAck",
    REASON = "Reason",
    RECORD_ROUTE = "Record-Route",
    REFER_TO = "Refer-To" | "r",
    REFERRED_BY = "Referred-By" | "b",
    REPLACES = "Replaces",
    REQUIRE = "Require",
    RETRY_AFTER = "Retry-After",
    ROUTE = "Route",
    RSEQ = "RSeq",
    SERVER = "Server",
    SERVICE_ROUTE = "Service-Route",
    SESSION_EXPIRES = "Session-Expires" | "x",
    SUBJECT = "Subject" | "s",
    SUBSCRIPTION_STATE = "Subscription-State",
    SUPPORTED = "Supported" | "k",
    TARGET_DIALOG = "Target-Dialog",
    TIMESTAMP = "Timestamp",
    TO = "To" | "t",
    UNSUPPORTED = "Unsupported",
    USER_AGENT = "User-Agent",
    VIA = "Via" | "v",
    WARNING = "Warning",
    WWW_AUTHENTICATE = "WWW-Authenticate",
}

impl Name {
    /// Reads a name or a compact form; any token is a name.
    pub fn parse(text: &str) -> Option<Name> {
        let known = KNOWN.iter().find(|(long, compact)| {
            long.eq_ignore_ascii_case(text) || compact.is_some_and(|compact| compact.eq_ignore_ascii_case(text))
        });
        match known {
            Some((long, _)) => Some(Name(Cow::Borrowed(long))),
            None => is_token(text).then(|| Name(Cow::Owned(text.to_owned()))),
        }
    }

    /// The long form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_and_odd_spellings_are_one_name() {
        assert_eq!(Name::parse("v"), Some(VIA));
        assert_eq!(Name::parse("CONTENT-length").unwrap().as_str(), "Content-Length");
        assert_eq!(Name::parse("x-Odd"), Name::parse("X-odd"));
        assert_eq!((Name::parse(""), Name::parse("a b"), Name::parse("a\n")), (None, None, None));
    }
}
