//! [`Uri`]: sip and sips (RFC 3261 section 19.1), tel (RFC 3966) and whatever else has a scheme.

use std::borrow::Cow;
use std::fmt;

use super::grammar::{is_escaped_text, unescape};
use super::host::Host;
use super::params::Params;

/// A URI as a header or a start line holds it, written as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Uri {
    /// `sip:` or `sips:`.
    Sip(SipUri),
    /// `tel:`.
    Tel(TelUri),
    /// Any other scheme, such as `urn:service:sos`; not looked into.
    Other(OtherUri),
}

/// `sip:user:password@host:port;params?headers`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SipUri {
    /// Whether the scheme is `sips`.
    pub secure: bool,
    user: Option<String>,
    password: Option<String>,
    /// Where it points.
    pub host: Host,
    /// `None`: the default of the transport.
    pub port: Option<u16>,
    params: Params,
    headers: Vec<(String, String)>,
}

/// `tel:number;params` (RFC 3966 section 3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TelUri {
    number: String,
    params: Params,
}

/// A URI of another scheme, as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherUri {
    scheme: String,
    rest: String,
}

const USER: &str = "&=+$,;?/";
/// Many phones dial `#` without escaping it.
const USER_READ: &str = "&=+$,;?/#";
const PASSWORD: &str = "&=+$,";
const PARAM: &str = "[]/:&+$";
const HEADER: &str = "[]/?:+$";

impl Uri {
    /// Reads a URI: no brackets, no spaces around it.
    ///
    /// Errors are `None`: a scheme is missing, or what follows is not of its grammar.
    pub fn parse(text: &str) -> Option<Uri> {
        let (scheme, rest) = text.split_once(':')?;
        let mut letters = scheme.bytes();
        let scheme_ok = letters.next()?.is_ascii_alphabetic()
            && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        match scheme.to_ascii_lowercase().as_str() {
            "sip" => SipUri::read(false, rest).map(Uri::Sip),
            "sips" => SipUri::read(true, rest).map(Uri::Sip),
            "tel" => TelUri::read(rest).map(Uri::Tel),
            _ if scheme_ok && !rest.is_empty() && rest.bytes().all(is_opaque) => {
                Some(Uri::Other(OtherUri { scheme: scheme.to_owned(), rest: rest.to_owned() }))
            }
            _ => None,
        }
    }

    /// The scheme as written, `sip` and `sips` in small letters.
    pub fn scheme(&self) -> &str {
        match self {
            Uri::Sip(uri) if uri.secure => "sips",
            Uri::Sip(_) => "sip",
            Uri::Tel(_) => "tel",
            Uri::Other(uri) => &uri.scheme,
        }
    }

    /// The `sip:` or `sips:` URI it is.
    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Uri::Sip(uri) => Some(uri),
            Uri::Tel(_) | Uri::Other(_) => None,
        }
    }

    /// Who is named: the user of a sip URI, the number of a tel URI; escapes undone.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        match self {
            Uri::Sip(uri) => uri.user(),
            Uri::Tel(uri) => Some(Cow::Borrowed(uri.number())),
            Uri::Other(_) => None,
        }
    }
}

impl SipUri {
    /// `sip:user@host`, the user escaped as needed.
    pub fn new(user: Option<&str>, host: Host, port: Option<u16>) -> SipUri {
        let user = user.map(|user| super::grammar::escape(user, USER));
        SipUri { secure: false, user, password: None, host, port, params: Params::new(), headers: Vec::new() }
    }

    fn read(secure: bool, rest: &str) -> Option<SipUri> {
        let (userinfo, rest) = match rest.rsplit_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, read_headers(headers)?),
            None => (rest, Vec::new()),
        };
        let (hostport, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let is_part = |text: &str| !text.is_empty() && is_escaped_text(text, PARAM);
        let params = Params::read(params, is_part, is_part)?;
        let (host, port) = Host::parse_with_port(hostport)?;
        let (user, password) =
            match userinfo.map(|info| info.split_once(':').map_or((info, None), |(u, p)| (u, Some(p)))) {
                Some((user, password)) => (Some(user), password),
                None => (None, None),
            };
        let user_ok = user.is_none_or(|user| !user.is_empty() && is_escaped_text(user, USER_READ));
        let password_ok = password.is_none_or(|password| is_escaped_text(password, PASSWORD));
        let (user, password) = (user.map(str::to_owned), password.map(str::to_owned));
        (user_ok && password_ok).then_some(SipUri { secure, user, password, host, port, params, headers })
    }

    /// The user, escapes undone.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.user.as_deref().map(unescape)
    }

    /// The user as written.
    pub fn raw_user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password as written. Nobody should use it (RFC 3261 section 19.1.1).
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// `;name=value` in order.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Sets a parameter, escaped as needed; no value is a flag such as `lr`.
    pub fn set_param(&mut self, name: &str, value: Option<&str>) {
        let name = super::grammar::escape(name, PARAM);
        self.params.put(&name, value.map(|value| super::grammar::escape(value, PARAM)));
    }

    /// Removes a parameter.
    pub fn remove_param(&mut self, name: &str) {
        self.params.remove(name);
    }

    /// `transport=`, in small letters.
    pub fn transport(&self) -> Option<String> {
        self.params.raw("transport").map(str::to_ascii_lowercase)
    }

    /// A loose router (`lr`, RFC 3261 section 16.12).
    pub fn is_loose(&self) -> bool {
        self.params.has("lr")
    }

    /// `?name=value&…`, escapes undone.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.headers.iter().map(|(name, value)| (unescape(name), unescape(value)))
    }

    /// Adds a header part such as `Replaces`, escaped.
    pub fn push_header(&mut self, name: &str, value: &str) {
        let escape = |text| super::grammar::escape(text, HEADER);
        self.headers.push((escape(name), escape(value)));
    }

    /// Removes the header part, as a Request-URI must have none (RFC 3261 section 19.1.1).
    pub fn clear_headers(&mut self) {
        self.headers.clear();
    }

    pub(crate) fn raw_headers(&self) -> &[(String, String)] {
        &self.headers
    }
}

fn read_headers(text: &str) -> Option<Vec<(String, String)>> {
    let part = |part: &str| {
        let (name, value) = part.split_once('=')?;
        let ok = !name.is_empty() && is_escaped_text(name, HEADER) && is_escaped_text(value, HEADER);
        ok.then(|| (name.to_owned(), value.to_owned()))
    };
    text.split('&').map(part).collect()
}

impl TelUri {
    fn read(rest: &str) -> Option<TelUri> {
        let (number, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let digits = number.strip_prefix('+').unwrap_or(number);
        let local = |byte: u8| byte.is_ascii_hexdigit() || b"-.()*#".contains(&byte);
        let number_ok =
            digits.bytes().all(local) && digits.bytes().any(|byte| byte.is_ascii_hexdigit() || b"*#".contains(&byte));
        let is_part = |text: &str| !text.is_empty() && is_escaped_text(text, PARAM);
        let params = Params::read(params, is_part, is_part)?;
        number_ok.then(|| TelUri { number: number.to_owned(), params })
    }

    /// The number as written, visual separators included.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Only `+`, digits, `*` and `#`: what one dials.
    pub fn dialled(&self) -> String {
        self.number.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')')).collect()
    }

    /// `;name=value`, such as `phone-context`.
    pub fn params(&self) -> &Params {
        &self.params
    }
}

fn is_opaque(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"<>\"".contains(&byte)
}

impl OtherUri {
    /// What follows `scheme:`.
    pub fn rest(&self) -> &str {
        &self.rest
    }
}

impl From<SipUri> for Uri {
    fn from(uri: SipUri) -> Uri {
        Uri::Sip(uri)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Uri::Sip(uri) => uri.fmt(f),
            Uri::Tel(uri) => write!(f, "tel:{}{}", uri.number, uri.params),
            Uri::Other(uri) => write!(f, "{}:{}", uri.scheme, uri.rest),
        }
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_str("@")?;
        }
        self.host.fmt(f)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)?;
        for (index, (name, value)) in self.headers.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
