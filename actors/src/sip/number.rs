//! What a user dials, as the URI that is called.

use signal::{Code, Error};
use sip::message::{Host, SipUri, Uri};

use super::Uplink;
use super::provider::Provider;
use crate::calls::fits;
use crate::config::{NumberRule, Sip, rewrite};
use crate::directory::AccountRecord;

/// What people write into a number to read it by (RFC 3966 section 5.1.1, and what is copied from web pages).
const SEPARATORS: &[char] = &['-', '.', '(', ')', '/', ' ', '\u{a0}', '\u{2010}', '\u{2011}', '\u{2013}'];
/// What a number is made of besides digits.
const DIALABLE: &[char] = &['+', '*', '#'];

/// Longest extension of a site; what begins with 0 is none.
const EXTENSION_DIGITS: usize = 6;
/// Police, fire, ambulance.
const EMERGENCY: [&str; 4] = ["110", "112", "911", "999"];
/// Inquiries that cost, and numbers that are sold by them.
const INQUIRIES: &str = "118";

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialled {
    /// The Request-URI.
    pub uri: SipUri,
    /// The number or user as it was dialled, where no host was.
    bare: Option<String>,
}

/// What an account may call, and how.
#[derive(Clone, Debug)]
pub struct Targets {
    domain: Host,
    /// Of the registrar, and of the account.
    own: Vec<Host>,
    rules: Vec<NumberRule>,
    patterns: Vec<String>,
    /// How long the account's own user is, where it is an extension.
    extension: Option<usize>,
}

impl Targets {
    /// Those of `record`, an account of `provider`.
    pub fn of(record: &AccountRecord, provider: &Provider) -> Targets {
        let rules = Sip::from(&record.config).number_rules;
        let domain = provider.domain().clone();
        let own = vec![domain.clone(), provider.address.host.clone(), provider.registrar().host];
        let user = provider.user();
        let extension = user.bytes().all(|byte| byte.is_ascii_digit()).then_some(user.len());
        Targets { domain, own, rules, patterns: record.network.allowed_targets.clone(), extension }
    }

    /// Whom `target` means.
    ///
    /// Errors: as [`dial`], and `forbidden` where the network's `allowedTargets` do not have it.
    pub fn find(&self, target: &str) -> Result<Uri, Error> {
        let dialled = dial(target, &self.domain, &self.rules)?;
        if !dialled.is_allowed(&self.patterns, &self.domain) {
            return Err(Error::new(Code::Forbidden, "target: one of the network's allowedTargets expected"));
        }
        Ok(dialled.uri.into())
    }

    /// Whom a phone means that wants somebody called by REFER or 3xx. It is a stranger, and the account pays: where the
    /// network's `allowedTargets` are silent, users of its own domain may be called, where the account has an extension
    /// others like it, and no numbers of the world outside. Who `replaces` a phone in a running call may be on any host that
    /// [strangers are led to](Uplink::leads_strangers_to): phones tell their own address, of dialogs that are theirs.
    /// Nobody has the account call for help.
    ///
    /// Errors: as [`Targets::find`].
    pub fn find_for_phone(&self, target: &str, replaces: bool, uplink: &Uplink) -> Result<Uri, Error> {
        let dialled = dial(target, &self.domain, &self.rules)?;
        let user = dialled.uri.user().unwrap_or_default().into_owned();
        let names = [Some(user.as_str()), dialled.bare.as_deref()];
        let is_near = || {
            let is_there = replaces || self.own.contains(&dialled.uri.host);
            is_there && uplink.leads_strangers_to(&dialled.uri) && !self.is_far(&user)
        };
        let is_allowed = match self.patterns.is_empty() {
            true => is_near(),
            false => dialled.is_allowed(&self.patterns, &self.domain),
        };
        if is_allowed && !names.into_iter().flatten().any(is_for_help) {
            return Ok(dialled.uri.into());
        }
        Err(Error::new(Code::Forbidden, "target: one that the network's allowedTargets name expected"))
    }

    /// Whether a number is meant that is none of the account's site, or a feature code such as call forwarding. At a carrier,
    /// where accounts are called by whole numbers or names, short ones cost.
    fn is_far(&self, user: &str) -> bool {
        let Some(number) = number(user) else { return false };
        let is_extension = self.extension.is_some_and(|own| own.abs_diff(number.len()) <= 1);
        !is_extension || number.len() > EXTENSION_DIGITS || number.starts_with(['0', '+']) || number.contains(DIALABLE)
    }
}

/// What is dialled for `user`, if that is a number.
fn number(user: &str) -> Option<String> {
    let user = without_separators(user.split(';').next().unwrap_or_default());
    let is_number = !user.is_empty() && user.chars().all(|c| c.is_ascii_digit() || DIALABLE.contains(&c));
    is_number.then_some(user)
}

fn is_for_help(user: &str) -> bool {
    number(user).is_some_and(|number| EMERGENCY.contains(&number.as_str()) || number.starts_with(INQUIRIES))
}

/// Whom `target` means for an account of `domain`.
///
/// `sip:` and `sips:` URIs and `user@host` are called as they are. From a `tel:` URI or a bare number visual
/// separators are removed, `rules` rewrite what is left, and `domain` completes it; a bare user is rewritten and
/// completed likewise.
///
/// Errors: `invalidField` for `target` where nothing can be called like that, `forbidden` where the rules leave
/// nothing of it.
pub fn dial(target: &str, domain: &Host, rules: &[NumberRule]) -> Result<Dialled, Error> {
    let target = target.trim();
    if let Some(uri) = as_written(target) {
        return Ok(Dialled { uri: callable(uri)?, bare: None });
    }
    let bare = match Uri::parse(target) {
        Some(Uri::Tel(uri)) => uri.dialled(),
        Some(Uri::Sip(_) | Uri::Other(_)) => return Err(expected()),
        None => without_separators(target),
    };
    if bare.is_empty() || bare.contains([':', '@']) || bare.chars().any(char::is_control) {
        return Err(expected());
    }
    let called = rewrite(rules, &bare);
    if called.is_empty() {
        return Err(Error::new(Code::Forbidden, "target: a number that the network's numberRules allow expected"));
    }
    let uri = match as_written(&called) {
        Some(uri) => callable(uri)?,
        None => SipUri::new(Some(&called), domain.clone(), None),
    };
    Ok(Dialled { uri, bare: Some(bare) })
}

/// `sip:…`, `sips:…` or `user@host`.
fn as_written(text: &str) -> Option<SipUri> {
    let uri = Uri::parse(text).or_else(|| text.contains('@').then(|| Uri::parse(&format!("sip:{text}")))?)?;
    match uri {
        Uri::Sip(uri) => Some(uri),
        Uri::Tel(_) | Uri::Other(_) => None,
    }
}

/// A Request-URI has no header part, and what is put there would be put into the INVITE (RFC 3261 section 19.1.5); a
/// password would be shown to everybody on the way.
fn callable(uri: SipUri) -> Result<SipUri, Error> {
    let is_callable = uri.headers().next().is_none() && uri.password().is_none() && !uri.params().has("method");
    if is_callable { Ok(uri) } else { Err(Error::field("target", "a SIP URI without password, method and headers")) }
}

fn without_separators(text: &str) -> String {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || DIALABLE.contains(&c) || SEPARATORS.contains(&c));
    if is_number { text.replace(SEPARATORS, "") } else { text.to_owned() }
}

fn expected() -> Error {
    Error::field("target", "a phone number, a user or a SIP URI")
}

impl Dialled {
    /// Whether it fits one of `patterns`; no pattern allows everything.
    ///
    /// One with `@` or `:` is for the whole URI, without its parameters. Any other is for the number or user, as
    /// dialled or as called, and only within `domain`: who may call `+49*` may not call that user of every host.
    pub fn is_allowed(&self, patterns: &[String], domain: &Host) -> bool {
        let user = self.uri.user();
        let is_ours = self.uri.host == *domain && self.uri.port.is_none();
        let mut whole = SipUri::new(user.as_deref(), self.uri.host.clone(), self.uri.port);
        whole.secure = self.uri.secure;
        let whole = whole.to_string();
        let address = whole.split_once(':').map_or("", |(_, address)| address);
        let is_one = |pattern: &String| {
            if pattern.contains([':', '@']) {
                return fits(pattern, &whole) || fits(pattern, address);
            }
            let names = self.bare.as_deref().into_iter().chain(user.as_deref());
            is_ours && names.into_iter().any(|name| fits(pattern, name))
        };
        patterns.is_empty() || patterns.iter().any(is_one)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sip::tests::network::Engine;

    fn domain() -> Host {
        Host::parse("a.example").unwrap()
    }

    fn rules() -> Vec<NumberRule> {
        let config = json!({ "numberRules": [
            { "match": "00*", "replace": "+$1" },
            { "match": "0900*" },
            { "match": "0*", "replace": "+49$1" },
            { "match": "box", "replace": "sip:*97@mail.example" },
        ] });
        Sip::from(config.as_object().unwrap()).number_rules
    }

    fn called(target: &str) -> String {
        dial(target, &domain(), &rules()).map_or_else(|error| error.message, |dialled| dialled.uri.to_string())
    }

    #[test]
    fn numbers_are_cleaned_rewritten_and_completed() {
        for (target, uri) in [
            ("030 / 123-45", "sip:+493012345@a.example"),
            ("tel:0044-(0)1.2", "sip:+44012@a.example"),
            ("+49 30 1", "sip:+49301@a.example"),
            ("*97", "sip:*97@a.example"),
            ("#31#1", "sip:%2331%231@a.example"),
            (" bob ", "sip:bob@a.example"),
            ("bob-b.c", "sip:bob-b.c@a.example"),
            ("box", "sip:*97@mail.example"),
        ] {
            assert_eq!(called(target), uri, "{target}");
        }
    }

    #[test]
    fn whole_addresses_are_called_as_they_are() {
        for (target, uri) in [
            ("sip:00-1@b.example:5070;transport=tcp", "sip:00-1@b.example:5070;transport=tcp"),
            ("sips:bob@b.example", "sips:bob@b.example"),
            ("bob@b.example", "sip:bob@b.example"),
            ("sip:b.example", "sip:b.example"),
        ] {
            assert_eq!(called(target), uri, "{target}");
        }
    }

    #[test]
    fn what_cannot_or_must_not_be_called_is_told() {
        for target in [
            "",
            " - ",
            "http:x",
            "urn:service:sos",
            "sip:",
            "1:2",
            "a@b@c",
            "sip:b@h?Replaces=1",
            "b@h?Route=x",
            "sip:b:secret@h",
            "sip:b@h;method=BYE",
            "c@b.example;x=@a.example",
            "a\r\nVia: x",
            "0900 1",
        ] {
            assert!(called(target).starts_with("target: "), "{target:?} {}", called(target));
        }
        assert_eq!(dial("09001", &domain(), &rules()).unwrap_err().code, Code::Forbidden);
    }

    #[test]
    fn patterns_bound_what_is_called() {
        let is_allowed = |pattern: &str, target: &str| {
            dial(target, &domain(), &rules()).unwrap().is_allowed(&[pattern.to_owned()], &domain())
        };
        for (pattern, target) in [
            ("+49*", "030 1"),
            ("030*", "030 1"),
            ("+49*", "sip:+4930@a.example"),
            ("bob", "bob"),
            ("*@a.example", "bob"),
            ("*@b.example", "sip:c@b.example;transport=tcp"),
            ("sip:*@a.example", "030"),
            ("*@b.example:*", "c@b.example:5070"),
            ("*", "bob"),
        ] {
            assert!(is_allowed(pattern, target), "{pattern} {target}");
        }
        for (pattern, target) in [
            ("+49*", "0044"),
            ("+49*", "+4930@b.example"),
            ("*", "c@b.example"),
            ("*", "bob@a.example:5099"),
            ("*@a.example", "c%40a.example@b.example"),
            ("*@a.example", "box"),
        ] {
            assert!(!is_allowed(pattern, target), "{pattern} {target}");
        }
        assert!(dial("x@y", &domain(), &[]).unwrap().is_allowed(&[], &domain()));
    }

    #[test]
    fn a_phone_has_only_its_own_site_called_unless_told_otherwise() {
        let own = vec![domain(), Host::parse("192.0.2.1").unwrap()];
        let targets = |patterns: &[&str], extension| {
            let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            Targets { domain: domain(), own: own.clone(), rules: rules(), patterns, extension }
        };
        actix::System::new().block_on(async {
            let provider = super::super::provider::tests::provider("sip:a@a.example", json!({ "register": false }));
            let uplink = Uplink::new(Engine::deaf().exchange, provider.unwrap());
            let may = |patterns: &[&str], target: &str| {
                targets(patterns, Some(4)).find_for_phone(target, false, &uplink).is_ok()
            };
            for target in
                ["sip:carol@a.example", "sip:101@192.0.2.1:5070", "tel:101", "sip:12345@a.example", "sip:a.example"]
            {
                assert!(may(&[], target), "{target}");
            }
            for target in [
                "sip:carol@b.example",
                "sip:carol@a.example:6379",
                "tel:+1-900-555",
                "sip:+1900@a.example",
                "sip:0900@a.example",
                "sip:123456@a.example",
                "sip:1234567@a.example",
                "sip:1-900-555-0100;ext=1@a.example",
                "sip:*72@a.example",
                "sip:%2B1900@a.example",
                "sip:carol@a.example?Route=x",
                "sip:112@a.example",
                "sip:1-1-2@a.example",
                "tel:11880",
            ] {
                assert!(!may(&[], target), "{target}");
                assert!(targets(&[], None).find(target).is_ok() || target.contains('?'), "the user may: {target}");
            }
            for (short, extension) in [("sip:19222@a.example", None), ("sip:101@a.example", Some(11))] {
                let found = targets(&[], extension).find_for_phone(short, false, &uplink);
                assert!(found.is_err(), "{short} is no extension of such an account");
            }
            assert!(may(&["+1900*"], "sip:+1900@a.example") && !may(&["+1900*"], "sip:carol@a.example"));
            assert!(may(&["*@b.example"], "sip:carol@b.example") && !may(&["*"], "sip:911@a.example"));
            let replacing = |target: &str| targets(&[], None).find_for_phone(target, true, &uplink).is_ok();
            assert!(replacing("sip:carol@192.0.2.9:5062") && !replacing("sip:+1900@192.0.2.9"));
            assert!(!replacing("sip:x@10.0.0.5:6379;transport=tcp"));
        });
    }
}
