//! [`NameAddr`]: a URI with a display name and header parameters, as From, To, Contact, Route
//! and many others hold it.

use std::borrow::Cow;
use std::fmt;

use super::grammar::{is_space, is_token, is_token_byte, quote, trim, unquote};
use super::params::Params;
use super::uri::Uri;

/// `"Display name" <uri>;params` (RFC 3261 section 20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    display: Option<String>,
    /// Whom it points to.
    pub uri: Uri,
    params: Params,
}

impl NameAddr {
    /// Only a URI.
    pub fn new(uri: impl Into<Uri>) -> NameAddr {
        NameAddr { display: None, uri: uri.into(), params: Params::new() }
    }

    /// The same with a display name; it is quoted when written.
    #[must_use]
    pub fn with_display(mut self, display: Option<&str>) -> NameAddr {
        self.display = display.filter(|display| !display.is_empty()).map(str::to_owned);
        self
    }

    /// The same with a `tag`.
    #[must_use]
    pub fn with_tag(mut self, tag: &str) -> NameAddr {
        self.params.set("tag", tag);
        self
    }

    /// Reads one value. Without brackets the parameters are the header's, and the URI has no
    /// comma, semicolon or question mark (RFC 3261 section 20).
    pub fn parse(text: &str) -> Option<NameAddr> {
        let text = trim(text);
        let Some(open) = bracket(text) else { return NameAddr::parse_bare(text) };
        let display = trim(text.get(..open)?);
        let display = match display {
            "" => None,
            quoted if quoted.starts_with('"') => Some(unquote(quoted)?.into_owned()),
            words => is_words(words).then(|| Some(words.to_owned()))?,
        };
        let (uri, rest) = text.get(open + 1..)?.split_once('>')?;
        Some(NameAddr { display, uri: Uri::parse(uri)?, params: Params::parse(trim(rest))? })
    }

    fn parse_bare(text: &str) -> Option<NameAddr> {
        let (uri, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let uri = trim(uri);
        if uri.contains([',', '?']) {
            return None;
        }
        Some(NameAddr { display: None, uri: Uri::parse(uri)?, params: Params::parse(params)? })
    }

    /// The name to show, quotes undone.
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }

    /// `tag`, of From and To.
    pub fn tag(&self) -> Option<Cow<'_, str>> {
        self.params.get("tag")
    }

    /// The header's parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The header's parameters, to change.
    pub fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }
}

/// The first `<` outside of quotes: a parameter such as `+sip.instance="<urn:uuid:…>"` may hold one too.
fn bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// `*(token LWS)`, with letters beyond ASCII let through as many phones send them unquoted.
fn is_words(text: &str) -> bool {
    text.bytes().all(|byte| is_token_byte(byte) || is_space(byte as char) || !byte.is_ascii())
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.display {
            Some(display) if is_token(display) => write!(f, "{display} ")?,
            Some(display) => write!(f, "{} ", quote(display))?,
            None => {}
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let full = NameAddr::parse("\"A. \\\"Q\\\" <x>\" <sip:a@h;lr?x=y> ; tag = 1 ; q=0.3").unwrap();
        assert_eq!((full.display(), full.tag().as_deref()), (Some("A. \"Q\" <x>"), Some("1")));
        assert!(full.uri.as_sip().unwrap().is_loose());
        let bare = NameAddr::parse("sip:a@h;tag=2").unwrap();
        assert_eq!((bare.uri.to_string().as_str(), bare.tag().as_deref()), ("sip:a@h", Some("2")));
        let instance = NameAddr::parse("sip:a@h;+sip.instance=\"<urn:uuid:1>\"").unwrap();
        assert_eq!(instance.params().get("+sip.instance").as_deref(), Some("<urn:uuid:1>"));
        assert_eq!(NameAddr::parse("caller<sip:a@h>").unwrap().display(), Some("caller"));
        assert_eq!(NameAddr::parse("Zoë B <sip:a@h>").unwrap().display(), Some("Zoë B"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "<>",
            "< sip:a@h>",
            "Bell, A <sip:a@h>",
            "\"Mr. J. User <sip:a@h>",
            "sip:a@h?Route=x",
            "<sip:a@h",
            "sip:a@h;;",
            "\"Joe\" sip:a@h",
            "<sip:a@h>;tag=1;tag=2",
            "a \"b\" <sip:a@h>",
        ] {
            assert!(NameAddr::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let uri = Uri::parse("sip:a@h;lr").unwrap();
        let address = NameAddr::new(uri).with_display(Some("A \"B\" \\")).with_tag("x");
        assert_eq!(NameAddr::parse(&address.to_string()), Some(address));
    }
}
