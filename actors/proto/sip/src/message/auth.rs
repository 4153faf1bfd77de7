//! [`Challenge`] and [`Authorization`]: the headers of RFC 7616 as RFC 8760 uses them in SIP.

use std::borrow::Cow;
use std::fmt;

use super::error::FieldError;
use super::grammar::{is_space, is_token, quote, split, trim, unquote};
use super::headers::Headers;
use super::name::{self, Name};
use super::params::Params;

/// A scheme and its `name=value` list: a value of WWW-Authenticate or Proxy-Authenticate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Such as `Digest`.
    pub scheme: String,
    params: Params,
}

impl Challenge {
    /// A parameter without quotes.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params.get(name)
    }

    /// The `qop` values offered, in small letters.
    pub fn qops(&self) -> Vec<String> {
        let list = self.get("qop").unwrap_or_default();
        list.split(',').map(|qop| trim(qop).to_ascii_lowercase()).filter(|qop| !qop.is_empty()).collect()
    }
}

/// A value of Authorization or Proxy-Authorization to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization(Vec<(&'static str, String)>);

impl Authorization {
    /// Adds `name="value"`.
    pub fn quoted(&mut self, name: &'static str, value: &str) {
        self.0.push((name, quote(value)));
    }

    /// Adds `name=value`; the value is a token.
    pub fn plain(&mut self, name: &'static str, value: &str) {
        self.0.push((name, value.to_owned()));
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest ")?;
        for (index, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Headers {
    /// The challenges of WWW-Authenticate or Proxy-Authenticate, in order; several may stand in one line.
    pub fn challenges(&self, name: Name) -> Result<Vec<Challenge>, FieldError> {
        let mut challenges = Vec::new();
        for header in self.all(&name) {
            let read = read(&header.text()).ok_or_else(|| FieldError::new(name.clone(), "scheme name=value, …"))?;
            challenges.extend(read);
        }
        Ok(challenges)
    }

    /// What an Authorization header holds: one set of credentials a line.
    pub fn authorizations(&self) -> Result<Vec<Challenge>, FieldError> {
        self.challenges(name::AUTHORIZATION)
    }

    /// The same of Proxy-Authorization.
    pub fn proxy_authorizations(&self) -> Result<Vec<Challenge>, FieldError> {
        self.challenges(name::PROXY_AUTHORIZATION)
    }
}

/// `scheme name=value, name=value, scheme name=value`: a word before a name begins a new one.
fn read(text: &str) -> Option<Vec<Challenge>> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for part in split(text, ',')? {
        let (before, value) = part.split_once('=')?;
        let before = trim(before);
        let name = match before.split_once(is_space) {
            Some((scheme, name)) if is_token(scheme) => {
                challenges.push(Challenge { scheme: scheme.to_owned(), params: Params::new() });
                trim(name)
            }
            Some(_) => return None,
            None => before,
        };
        let value = trim(value);
        let value_ok =
            if value.starts_with('"') { unquote(value).is_some() } else { !value.contains([' ', '\t', '"']) };
        let challenge = challenges.last_mut()?;
        if !is_token(name) || !value_ok || challenge.params.has(name) {
            return None;
        }
        challenge.params.put(name, Some(value.to_owned()));
    }
    Some(challenges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_challenges_may_share_a_line() {
        let mut headers = Headers::new();
        headers.push(
            name::WWW_AUTHENTICATE,
            "Digest realm=\"a, b\", nonce=\"1==\", qop=\"auth,auth-int\", algorithm=SHA-256, Digest realm=c,nonce=\"2\"",
        );
        headers.push(name::WWW_AUTHENTICATE, "NoOneKnowsThisScheme opaque-data=here");
        let read = headers.challenges(name::WWW_AUTHENTICATE).unwrap();
        assert_eq!(
            read.iter().map(|c| c.scheme.as_str()).collect::<Vec<_>>(),
            ["Digest", "Digest", "NoOneKnowsThisScheme"]
        );
        assert_eq!((read[0].get("realm").as_deref(), read[0].get("nonce").as_deref()), (Some("a, b"), Some("1==")));
        assert_eq!(read[0].qops(), ["auth", "auth-int"]);
    }

    #[test]
    fn what_is_no_challenge_is_an_error() {
        for bad in [
            "Digest",
            "realm=\"a\"",
            "Digest realm=\"a",
            "Digest realm=\"a\", realm=\"b\"",
            "Digest a b=c",
            "Digest =c",
        ] {
            let mut headers = Headers::new();
            headers.push(name::WWW_AUTHENTICATE, bad);
            assert!(headers.challenges(name::WWW_AUTHENTICATE).is_err(), "{bad}");
        }
    }
}
