//! [`Identity`]: who calls, as far as the other side may be believed (RFC 3325), and how to call without saying so (RFC 3323);
//! [`diverted`]: whom the caller called first (RFC 5806, RFC 7044).

use crate::message::{FieldError, Headers, NameAddr, Request, Uri, name};

/// Most numbers a call is told to have been diverted from.
const DIVERSIONS: usize = 8;

/// Who calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// To show, without tag; `None`: the caller wants to stay unknown and the other side is not trusted with it, or hid it.
    pub address: Option<NameAddr>,
    /// Whether somebody we trust vouches for it.
    pub is_asserted: bool,
    /// Whether it must not be shown or passed on (section 7).
    pub is_private: bool,
}

impl Identity {
    /// Of a request. `trusted`: whether who sent it may assert identities; else P-Asserted-Identity says nothing.
    ///
    /// Errors: From, P-Asserted-Identity or Privacy cannot be read.
    pub fn of_request(request: &Request, trusted: bool) -> Result<Identity, FieldError> {
        let headers = &request.headers;
        let privacy = headers.privacy()?;
        let is_private = privacy.iter().any(|value| matches!(value.as_str(), "id" | "user" | "header"));
        let asserted = if trusted { headers.asserted_identities()? } else { Vec::new() };
        // One sip and one tel at most: the sip one has the name.
        let best = asserted.iter().find(|address| address.uri.as_sip().is_some()).or(asserted.first());
        let mut address = match best {
            Some(asserted) => asserted.clone(),
            None => headers.from()?,
        };
        address.params_mut().remove("tag");
        let is_hidden = is_private || (best.is_none() && is_anonymous(&address));
        Ok(Identity { address: (!is_hidden).then_some(address), is_asserted: best.is_some(), is_private: is_hidden })
    }
}

/// `anonymous@anonymous.invalid` and its kin (RFC 3323 section 4.1.1.3).
fn is_anonymous(address: &NameAddr) -> bool {
    let Some(uri) = address.uri.as_sip() else { return false };
    let host = uri.host.as_str().to_ascii_lowercase();
    host == "anonymous.invalid" || uri.user().is_some_and(|user| user.eq_ignore_ascii_case("anonymous"))
}

/// Takes the caller out of From and asks that nobody says who it is; `asserted` tells the next hop alone, which must be one
/// that heeds `Privacy: id` (RFC 3325 section 9.3). The tag of From stays.
pub fn hide(request: &mut Request, asserted: Option<&NameAddr>) {
    let tag = request.headers.from().ok().and_then(|from| from.tag().map(|tag| tag.into_owned()));
    if let Some(uri) = Uri::parse("sip:anonymous@anonymous.invalid") {
        let from = NameAddr::new(uri).with_display(Some("Anonymous"));
        request.headers.set(name::FROM, tag.map_or(from.clone(), |tag| from.with_tag(&tag)));
    }
    request.headers.set(name::PRIVACY, "id");
    prefer(request, asserted);
}

/// Says which of its identities the caller wants to be known by (RFC 3325 section 9.2).
pub fn prefer(request: &mut Request, identity: Option<&NameAddr>) {
    request.headers.remove(&name::P_PREFERRED_IDENTITY);
    if let Some(identity) = identity {
        let mut identity = identity.clone();
        identity.params_mut().remove("tag");
        request.headers.push(name::P_PREFERRED_IDENTITY, identity);
    }
}

/// One number a call was diverted from.
#[derive(Clone, Debug, PartialEq)]
pub struct Diverted {
    /// Whom the caller had called.
    pub from: NameAddr,
    /// `user-busy`, `no-answer`, `unconditional`, …, in small letters (RFC 5806 section 4); of History-Info the status of
    /// its Reason, such as `486`.
    pub reason: Option<String>,
    /// Whether it must not be shown.
    pub is_private: bool,
}

/// Whom the call was meant for before, latest first: by Diversion, else by History-Info without its last entry, which is
/// where the call is now.
///
/// Errors: the header that is used cannot be read.
pub fn diverted(headers: &Headers) -> Result<Vec<Diverted>, FieldError> {
    if headers.has(&name::DIVERSION) {
        let read = headers.diversions()?.into_iter().take(DIVERSIONS);
        return Ok(read.map(|address| of_diversion(&address)).collect());
    }
    let mut history = headers.history()?;
    let now = history.pop();
    let mut diverted: Vec<_> = history.iter().rev().take(DIVERSIONS).map(of_history).collect();
    // Entries for the same user are only its domain's routing.
    diverted.retain(|known| now.as_ref().is_none_or(|now| now.uri.user() != known.from.uri.user()));
    Ok(diverted)
}

fn of_diversion(address: &NameAddr) -> Diverted {
    let reason = address.params().get("reason").map(|reason| reason.to_ascii_lowercase());
    let privacy = address.params().get("privacy");
    let is_private = privacy.is_some_and(|privacy| !privacy.eq_ignore_ascii_case("off"));
    Diverted { from: bare(address), reason, is_private }
}

/// `Reason` and `Privacy` stand in the URI's header part (RFC 7044 section 5).
fn of_history(entry: &NameAddr) -> Diverted {
    let part = |wanted: &str| {
        let uri = entry.uri.as_sip()?;
        uri.headers().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.into_owned())
    };
    let cause = |reason: String| {
        let cause = reason.split(';').find_map(|param| param.trim().strip_prefix("cause=").map(str::to_owned))?;
        (!cause.is_empty() && cause.bytes().all(|byte| byte.is_ascii_digit())).then_some(cause)
    };
    Diverted { from: bare(entry), reason: part("Reason").and_then(cause), is_private: part("Privacy").is_some() }
}

/// Without parameters of the header and the URI's header part.
fn bare(address: &NameAddr) -> NameAddr {
    let mut uri = address.uri.clone();
    if let Uri::Sip(uri) = &mut uri {
        uri.clear_headers();
    }
    NameAddr::new(uri).with_display(address.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::samples::request;

    fn with(lines: &[(name::Name, &str)]) -> Request {
        let mut invite = request("INVITE");
        lines.iter().for_each(|(name, value)| invite.headers.push(name.clone(), value));
        invite
    }

    fn shown(request: &Request, trusted: bool) -> String {
        let identity = Identity::of_request(request, trusted).unwrap();
        identity.address.map_or("nobody".into(), |address| address.to_string())
    }

    #[test]
    fn only_trusted_peers_assert() {
        let invite = with(&[(name::P_ASSERTED_IDENTITY, "tel:+1555, \"Real\" <sip:real@a.example>")]);
        assert_eq!(
            (shown(&invite, true), shown(&invite, false)),
            ("Real <sip:real@a.example>".into(), "<sip:alice@a.example>".into())
        );
        assert!(Identity::of_request(&invite, true).unwrap().is_asserted);
        assert!(!Identity::of_request(&invite, false).unwrap().is_asserted);
    }

    #[test]
    fn who_wants_to_stay_unknown_does() {
        let mut invite = with(&[(name::PRIVACY, "id;critical"), (name::P_ASSERTED_IDENTITY, "<sip:real@a.example>")]);
        assert_eq!((shown(&invite, true), shown(&invite, false)), ("nobody".into(), "nobody".into()));
        invite = with(&[]);
        invite.headers.set(name::FROM, "\"A\" <sip:anonymous@anonymous.invalid>;tag=1");
        assert!(Identity::of_request(&invite, false).unwrap().is_private);
        invite.headers.push(name::PRIVACY, "none");
        assert_eq!(shown(&invite, false), "nobody", "there is nothing to show");
    }

    #[test]
    fn a_hidden_caller_keeps_only_the_tag() {
        let mut invite = request("INVITE");
        let own = NameAddr::parse("<sip:alice@a.example>;tag=a").unwrap();
        hide(&mut invite, Some(&own));
        let text = |name| invite.headers.text(&name).map(|text| text.into_owned());
        assert_eq!(text(name::FROM).as_deref(), Some("Anonymous <sip:anonymous@anonymous.invalid>;tag=a"));
        assert_eq!(text(name::P_PREFERRED_IDENTITY).as_deref(), Some("<sip:alice@a.example>"));
        assert_eq!((text(name::PRIVACY).as_deref(), shown(&invite, false).as_str()), (Some("id"), "nobody"));
    }

    #[test]
    fn diversions_of_both_kinds_are_told_alike() {
        let invite = with(&[(name::DIVERSION, "<sip:b@h>;reason=User-Busy;privacy=full, \"C\" <sip:c@h>;counter=1")]);
        let read = diverted(&invite.headers).unwrap();
        assert_eq!(
            (read[0].reason.as_deref(), read[0].is_private, read[1].is_private),
            (Some("user-busy"), true, false)
        );
        assert_eq!(read[1].from.to_string(), "C <sip:c@h>");
        let history = "<sip:bob@h>;index=1, <sip:office@h?Reason=SIP%3Bcause%3D486&Privacy=history>;index=1.1, <sip:me@h>;index=1.2";
        let read = diverted(&with(&[(name::HISTORY_INFO, history)]).headers).unwrap();
        assert_eq!((read.len(), read[0].from.to_string()), (2, "<sip:office@h>".into()));
        assert_eq!((read[0].reason.as_deref(), read[0].is_private), (Some("486"), true));
        assert!(diverted(&with(&[]).headers).unwrap().is_empty());
        assert!(diverted(&with(&[(name::DIVERSION, "<b")]).headers).is_err());
    }
}
